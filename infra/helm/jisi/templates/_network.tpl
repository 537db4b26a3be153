{{- /* An egress rule: dict "rule" .Values.networkPolicy.egress.kafka; with "udp" also over UDP. */ -}}
{{- define "jisi.egress" -}}
- ports:
    {{- range .rule.ports }}
    - { port: {{ . }}, protocol: TCP }
    {{- if $.udp }}
    - { port: {{ . }}, protocol: UDP }
    {{- end }}
    {{- end }}
  {{- with .rule.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "jisi.egressToPool" -}}
- ports:
    - { port: 8080, protocol: TCP }
  to:
    - podSelector:
        matchLabels:
          {{- include "jisi.selector" (dict "root" . "component" "simulated-pool") | nindent 10 }}
{{- end -}}

{{- /* What a component may reach: dict "root" $ "component" "router". */ -}}
{{- define "jisi.egressRules" -}}
{{- $egress := .root.Values.networkPolicy.egress -}}
{{ include "jisi.egress" (dict "rule" $egress.dns "udp" true) }}
{{ include "jisi.egress" (dict "rule" $egress.database) }}
{{- if ne .component "prepare" }}
{{ include "jisi.egress" (dict "rule" $egress.kafka) }}
{{- end }}
{{- if and .root.Values.telemetry.otlpEndpoint (has .component (list "router" "generator" "switch" "aggregator")) }}
{{ include "jisi.egress" (dict "rule" $egress.otlp) }}
{{- end }}
{{- if has .component (list "generator" "aggregator") }}
{{ include "jisi.egress" (dict "rule" $egress.models) }}
{{- if .root.Values.simulatedPool.enabled }}
{{ include "jisi.egressToPool" .root }}
{{- end }}
{{- end }}
{{- if and (has .component (list "router" "prepare")) (eq (dig "JISI_EMBEDDER" "minilm" .root.Values.router.settings) "endpoint") }}
{{ include "jisi.egress" (dict "rule" $egress.embedder) }}
{{- end }}
{{- end -}}
