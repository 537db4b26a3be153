{{- /* A variable from a Secret: dict "name" "..." "secret" "..." "key" "...". */ -}}
{{- define "jisi.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end -}}

{{- define "jisi.environment.kafka" -}}
{{- $kafka := .Values.kafka -}}
- name: JISI_KAFKA
  value: {{ $kafka.brokers | quote }}
{{- with $kafka.topicPrefix }}
- name: JISI_TOPIC_PREFIX
  value: {{ . | quote }}
{{- end }}
- name: JISI_KAFKA_PROTOCOL
  value: {{ $kafka.protocol }}
{{- if hasPrefix "sasl_" $kafka.protocol }}
- name: JISI_KAFKA_MECHANISM
  value: {{ $kafka.mechanism }}
{{- if $kafka.credentials.usernameKey }}
{{ include "jisi.fromSecret" (dict "name" "JISI_KAFKA_USERNAME" "secret" $kafka.credentials.secret "key" $kafka.credentials.usernameKey) }}
{{- else }}
- name: JISI_KAFKA_USERNAME
  value: {{ $kafka.username | quote }}
{{- end }}
{{ include "jisi.fromSecret" (dict "name" "JISI_KAFKA_PASSWORD" "secret" $kafka.credentials.secret "key" $kafka.credentials.passwordKey) }}
{{- end }}
{{- if hasSuffix "ssl" $kafka.protocol }}
{{- if $kafka.ca.secret }}
- name: JISI_KAFKA_CA_FILE
  value: /etc/jisi/kafka/ca.crt
{{- end }}
{{- if $kafka.clientCertificate.secret }}
- name: JISI_KAFKA_CERTIFICATE_FILE
  value: /etc/jisi/kafka-client/tls.crt
- name: JISI_KAFKA_KEY_FILE
  value: /etc/jisi/kafka-client/tls.key
{{- end }}
{{- end }}
{{- end -}}

{{- define "jisi.environment.database" -}}
{{- $database := .Values.database -}}
{{ include "jisi.fromSecret" (dict "name" "JISI_DATABASE_URL" "secret" $database.url.secret "key" $database.url.key) }}
{{- if $database.pooled }}
- name: JISI_DATABASE_POOLED
  value: "true"
{{- end }}
{{- if $database.directUrl.secret }}
{{ include "jisi.fromSecret" (dict "name" "JISI_DATABASE_DIRECT_URL" "secret" $database.directUrl.secret "key" $database.directUrl.key) }}
{{- end }}
{{- end -}}

{{- /* How schema and topics are made. */ -}}
{{- define "jisi.environment.migrate" -}}
{{ include "jisi.environment.kafka" . }}
{{ include "jisi.environment.database" . }}
- name: JISI_TOPIC_PARTITIONS
  value: {{ .Values.kafka.topics.partitions | quote }}
- name: JISI_TOPIC_REPLICATION
  value: {{ .Values.kafka.topics.replication | quote }}
- name: JISI_TOPIC_MIN_INSYNC
  value: {{ .Values.kafka.topics.minInsync | quote }}
{{- end -}}

{{- define "jisi.environment.embedderKey" -}}
{{- with .Values.embedderKey }}
{{- if .secret }}
- name: JISI_EMBEDDER_API_KEY_ENV
  value: EMBEDDER_API_KEY
{{ include "jisi.fromSecret" (dict "name" "EMBEDDER_API_KEY" "secret" .secret "key" .key) }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What the import of a bank embeds by: as the router does. */ -}}
{{- define "jisi.environment.prepare" -}}
{{ include "jisi.environment.database" . }}
{{- range $name, $value := .Values.router.settings }}
{{- if hasPrefix "JISI_EMBEDDER" $name }}
- name: {{ $name }}
  value: {{ include "jisi.text" $value | quote }}
{{- end }}
{{- end }}
{{- include "jisi.environment.embedderKey" . }}
{{- end -}}

{{- /* Of a service: dict "root" $ "component" "router". */ -}}
{{- define "jisi.environment.service" -}}
{{- $root := .root -}}
{{- $service := index $root.Values .component -}}
{{ include "jisi.environment.kafka" $root }}
{{ include "jisi.environment.database" $root }}
{{- with $root.Values.telemetry.otlpEndpoint }}
- name: JISI_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with $root.Values.telemetry.otlpHeaders }}
{{- if .secret }}
{{ include "jisi.fromSecret" (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" .secret "key" .key) }}
{{- end }}
{{- end }}
{{- /* Not by merge, for which false and 0 are not given. */ -}}
{{- $settings := dict }}
{{- range $name, $value := $root.Values.settings }}{{ $_ := set $settings $name $value }}{{ end }}
{{- range $name, $value := $service.settings }}{{ $_ := set $settings $name $value }}{{ end }}
{{- range $name, $value := $settings }}
- name: {{ $name }}
  value: {{ include "jisi.text" $value | quote }}
{{- end }}
{{- if eq .component "router" }}
{{- include "jisi.environment.embedderKey" $root }}
{{- end }}
{{- end -}}
