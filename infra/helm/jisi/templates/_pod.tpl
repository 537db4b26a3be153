{{- /* What every pod has. */ -}}
{{- define "jisi.pod" -}}
automountServiceAccountToken: false
# Variables of other Services, such as JISI_KAFKA_PORT of one named jisi-kafka, would be taken for settings.
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "jisi.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- define "jisi.hasKafkaCa" -}}
{{- if and (hasSuffix "ssl" .Values.kafka.protocol) .Values.kafka.ca.secret }}yes{{ end -}}
{{- end -}}

{{- define "jisi.hasKafkaCertificate" -}}
{{- if and (hasSuffix "ssl" .Values.kafka.protocol) .Values.kafka.clientCertificate.secret }}yes{{ end -}}
{{- end -}}

{{- define "jisi.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: {{ .Values.temporaryFiles.sizeLimit }} }
{{- if include "jisi.hasKafkaCa" . }}
- name: kafka-ca
  secret:
    secretName: {{ .Values.kafka.ca.secret | quote }}
    defaultMode: 0440
    items: [{ key: {{ .Values.kafka.ca.key | quote }}, path: ca.crt }]
{{- end }}
{{- if include "jisi.hasKafkaCertificate" . }}
- name: kafka-client
  secret:
    secretName: {{ .Values.kafka.clientCertificate.secret | quote }}
    defaultMode: 0440
    items:
      - { key: {{ .Values.kafka.clientCertificate.certificateKey | quote }}, path: tls.crt }
      - { key: {{ .Values.kafka.clientCertificate.keyKey | quote }}, path: tls.key }
{{- end }}
{{- if .Values.database.ca.secret }}
- name: database-ca
  secret:
    secretName: {{ .Values.database.ca.secret | quote }}
    defaultMode: 0440
    items: [{ key: {{ .Values.database.ca.key | quote }}, path: ca.crt }]
{{- end }}
{{- end -}}

{{- define "jisi.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if include "jisi.hasKafkaCa" . }}
- { name: kafka-ca, mountPath: /etc/jisi/kafka, readOnly: true }
{{- end }}
{{- if include "jisi.hasKafkaCertificate" . }}
- { name: kafka-client, mountPath: /etc/jisi/kafka-client, readOnly: true }
{{- end }}
{{- if .Values.database.ca.secret }}
- { name: database-ca, mountPath: /etc/jisi/database, readOnly: true }
{{- end }}
{{- end -}}

{{- /* A probe: dict "path" "/health" "timing" .Values.probes.readiness. */ -}}
{{- define "jisi.probe" -}}
httpGet: { path: {{ .path }}, port: http }
periodSeconds: {{ .timing.everySeconds }}
failureThreshold: {{ .timing.failures }}
timeoutSeconds: 4
{{- end -}}

{{- define "jisi.spread" -}}
{{- $root := .root -}}
{{- $selector := include "jisi.selector" . -}}
{{- range $root.Values.topologySpread.keys }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
{{- if semverCompare ">=1.27-0" $root.Capabilities.KubeVersion.Version }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end -}}
