{{- /* Names, labels, and how values that hold templates are written. */ -}}

{{- define "controller.short" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "controller.name" -}}
{{- $short := .Values.nameOverride | default .Chart.Name -}}
{{- $full := contains $short .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $short) -}}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "controller.namespace" -}}
{{- .Values.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "controller.account" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "controller.name" .) "default") -}}
{{- end -}}

{{- define "controller.selector" -}}
app.kubernetes.io/name: {{ include "controller.short" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "controller.labels" -}}
{{ include "controller.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: sealed-secrets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /* (list VALUE CONTEXT): the value as YAML, its templates rendered */ -}}
{{- define "controller.value" -}}
{{- $value := index . 0 -}}
{{- tpl (kindIs "string" $value | ternary $value (toYaml $value)) (index . 1) -}}
{{- end -}}

{{- /* (list CONTEXT NAME LABELS ANNOTATIONS NAMESPACE): an object's metadata. An empty namespace writes none. */ -}}
{{- define "controller.metadata" -}}
{{- $root := index . 0 -}}
{{- $labels := merge (dict) (index . 2 | default dict) ($root.Values.commonLabels | default dict) -}}
{{- $annotations := merge (dict) (index . 3 | default dict) ($root.Values.commonAnnotations | default dict) -}}
name: {{ index . 1 }}
{{- with index . 4 }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "controller.labels" $root | nindent 2 }}
  {{- with $labels }}
  {{- include "controller.value" (list . $root) | nindent 2 }}
  {{- end }}
{{- with $annotations }}
annotations:
  {{- include "controller.value" (list . $root) | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A map of labels or annotations as `k=v,k=v`. */ -}}
{{- define "controller.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- if or (not (kindIs "string" $value)) (contains "," $value) (contains "=" $value) -}}
{{- fail (printf "the value of %s must be a string without , and =" $key) -}}
{{- end -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}
