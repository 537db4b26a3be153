{{- define "jisi.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Of a component: dict "root" $ "component" "router". */ -}}
{{- define "jisi.name" -}}
{{ include "jisi.fullname" .root }}-{{ .component }}
{{- end -}}

{{- define "jisi.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "jisi.labels" -}}
{{ include "jisi.selector" . }}
app.kubernetes.io/part-of: jisi
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "jisi.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "jisi.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- /* Of an image: dict "root" $ "image" (dict "repository" ... "digest" ...). */ -}}
{{- define "jisi.image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ default .root.Chart.AppVersion .root.Values.image.tag }}{{ end -}}
{{- end -}}

{{- /* A value as text: Helm reads every number as a float and writes 1000000 as 1e+06. */ -}}
{{- define "jisi.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- /* How long running handlers and calls may take to end: 20 s, JISI_DRAIN_SECONDS, and a margin as long as a lease. */ -}}
{{- define "jisi.grace" -}}
{{- $service := index .root.Values .component -}}
{{- $drain := dig "settings" "JISI_DRAIN_SECONDS" 15 $service -}}
{{- $least := add 20 (ceil $drain | int) -}}
{{- with $service.terminationGracePeriodSeconds -}}
{{- if le (int .) (int $least) -}}
{{- fail (printf "%s.terminationGracePeriodSeconds is %d: give more than %d, for handlers may take 20 s to end and calls JISI_DRAIN_SECONDS (%v)." $.component (int .) $least $drain) -}}
{{- end -}}
{{- end -}}
{{- default (add $least 10) $service.terminationGracePeriodSeconds | int -}}
{{- end -}}

{{- define "jisi.hasPool" -}}
{{- if or .Values.pool.toml .Values.pool.configMap.name .Values.simulatedPool.enabled }}yes{{ end -}}
{{- end -}}

{{- define "jisi.poolConfigMap" -}}
{{- default (printf "%s-pool" (include "jisi.fullname" .)) .Values.pool.configMap.name -}}
{{- end -}}
