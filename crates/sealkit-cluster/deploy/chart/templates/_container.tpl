{{- /* What the container is told and asked. */ -}}

{{- define "controller.arguments" -}}
{{- if .Values.args -}}
{{- include "controller.value" (list .Values.args .) -}}
{{- else -}}
- --key-prefix={{ .Values.secretName }}
- --listen-addr=:{{ .Values.containerPorts.http | default 8080 }}
- --listen-metrics-addr=:{{ .Values.containerPorts.metrics | default 8081 }}
- --update-status={{ .Values.updateStatus }}
{{- if .Values.leaderElect }}
- --leader-elect
- --leader-elect-resource-name={{ include "controller.name" . }}
{{- end }}
{{- if kindIs "bool" .Values.logInfoStdout }}
- --log-info-stdout={{ .Values.logInfoStdout }}
{{- end }}
{{- if .Values.skipRecreate }}
- --skip-recreate
{{- end }}
{{- if .Values.watchForSecrets }}
- --watch-for-secrets
{{- end }}
{{- $words := dict "keyrenewperiod" "key-renew-period" "keyttl" "key-ttl" "keycutofftime" "key-cutoff-time" "rateLimit" "rate-limit" "rateLimitBurst" "rate-limit-burst" "logLevel" "log-level" "logFormat" "log-format" "maxRetries" "max-unseal-retries" "kubeClientQPS" "kubeclient-qps" "kubeClientBurst" "kubeclient-burst" }}
{{- range $value, $flag := $words }}
{{- $said := index $.Values $value }}
{{- /* a large number would be written as 1e+06 */}}
{{- if kindIs "float64" $said }}
{{- $said = eq (floor $said) $said | ternary (int64 $said) $said }}
{{- end }}
{{- if ne (toString $said) "" }}
- {{ printf "--%s=%s" $flag (toString $said) | quote }}
{{- end }}
{{- end }}
{{- with .Values.additionalNamespaces }}
- {{ printf "--additional-namespaces=%s" (join "," .) | quote }}
{{- end }}
{{- with .Values.privateKeyAnnotations }}
- {{ printf "--privatekey-annotations=%s" (include "controller.pairs" .) | quote }}
{{- end }}
{{- with .Values.privateKeyLabels }}
- {{ printf "--privatekey-labels=%s" (include "controller.pairs" .) | quote }}
{{- end }}
{{- if .Values.encryptedSecrets.enabled }}
- --encrypted-secrets
{{- with .Values.encryptedSecrets.identityFiles }}
- {{ printf "--identity-file=%s" (join "," .) | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraArgs }}
{{ include "controller.value" (list . $) }}
{{- end }}
{{- end -}}
{{- end -}}

{{- /* (list CONTEXT NAME CUSTOM DEFAULT): a probe, if there is one */ -}}
{{- define "controller.probe" -}}
{{- $root := index . 0 -}}
{{- $values := index $root.Values (index . 1) -}}
{{- $probe := $values.enabled | ternary (merge (dict) (omit $values "enabled") (index . 3)) (index . 2) -}}
{{- if $probe }}
          {{ index . 1 }}:
            {{- include "controller.value" (list $probe $root) | nindent 12 }}
{{- end }}
{{- end -}}
