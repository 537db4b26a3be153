{{- /* One pod after the other: each that goes hands its partitions over, and lets its calls end or leaves them to others. */ -}}
{{- define "jisi.scalingBehavior" -}}
{{- with .Values.autoscaling.scaleIn -}}
scaleDown:
  stabilizationWindowSeconds: {{ .stabilisationSeconds }}
  selectPolicy: Min
  policies:
    - { type: Pods, value: {{ .pods }}, periodSeconds: {{ .everySeconds }} }
{{- end }}
{{- with .Values.autoscaling.scaleOut }}
scaleUp:
  stabilizationWindowSeconds: {{ .stabilisationSeconds }}
  selectPolicy: Max
  policies:
    - { type: Pods, value: {{ .pods }}, periodSeconds: {{ .everySeconds }} }
{{- end }}
{{- end -}}

{{- /* Topics that each service consumes (jisi.contracts.topics). */ -}}
{{- define "jisi.consumed" -}}
router: [jisi.queries.v1, jisi.responses.v1]
generator: [jisi.generation.v1]
switch: [jisi.candidates.v1]
aggregator: [jisi.aggregation.v1]
{{- end -}}

{{- define "jisi.lagTrigger" -}}
{{- $kafka := .root.Values.kafka -}}
- type: kafka
  name: {{ trimSuffix ".v1" .topic | replace "." "-" }}
  metadata:
    bootstrapServers: {{ $kafka.brokers | quote }}
    consumerGroup: {{ printf "%sjisi-%s" $kafka.topicPrefix .component }}
    topic: {{ printf "%s%s" $kafka.topicPrefix .topic }}
    lagThreshold: {{ (index .root.Values .component).autoscaling.lag | int64 | quote }}
    # As the services begin: what was sent before the first of them committed anything is their work too.
    offsetResetPolicy: earliest
    allowIdleConsumers: "false"
    {{- if hasPrefix "sasl_" $kafka.protocol }}
    sasl: {{ get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512") $kafka.mechanism }}
    {{- end }}
    {{- if hasSuffix "ssl" $kafka.protocol }}
    tls: enable
    {{- end }}
  {{- if include "jisi.kafkaIsSecured" .root }}
  authenticationRef:
    name: {{ include "jisi.name" (dict "root" .root "component" "kafka") }}
  {{- end }}
{{- end -}}

{{- /* Calls of a service, as task rows. Its lag says nothing of them: a record is done as soon as its call has begun. */ -}}
{{- define "jisi.callsTrigger" -}}
{{- $keda := .root.Values.autoscaling.keda -}}
{{- $kind := ternary "expert" "aggregator" (eq .component "generator") -}}
{{- $target := (index .root.Values .component).autoscaling.calls | int64 | quote -}}
{{- $open := eq $keda.counted "open" -}}
{{- if eq $keda.calls "postgresql" }}
- type: postgresql
  name: calls
  metadata:
    query: >-
      select (select count(*) from task where kind = '{{ $kind }}' and state = 'running')
      {{- if $open }}
      + (select count(*) from task where kind = '{{ $kind }}' and state = 'ready')
      {{- end }}
    targetQueryValue: {{ $target }}
  authenticationRef:
    name: {{ include "jisi.name" (dict "root" .root "component" "database") }}
{{- else if eq $keda.calls "prometheus" }}
- type: prometheus
  name: calls
  metadata:
    serverAddress: {{ $keda.prometheus.address | quote }}
    # Every process measures the whole system: the largest is the newest that matters, their sum would be too much.
    {{- $matchers := list (printf "kind=%q" $kind) (ternary "state=~\"ready|running\"" "state=\"running\"" $open) }}
    {{- with $keda.prometheus.matchers }}{{ $matchers = append $matchers . }}{{ end }}
    query: {{ printf "sum(max by (state) (jisi_open_tasks{%s}))" (join "," $matchers) | squote }}
    threshold: {{ $target }}
    # No value is no proof of no calls.
    ignoreNullValues: "false"
{{- end }}
{{- end -}}

{{- define "jisi.kafkaIsSecured" -}}
{{- if or (hasPrefix "sasl_" .Values.kafka.protocol) (include "jisi.hasKafkaCa" .) (include "jisi.hasKafkaCertificate" .) }}yes{{ end -}}
{{- end -}}
