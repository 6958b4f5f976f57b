{{- /* What the controller may do, and who it is. */ -}}

{{- define "controller.rules" -}}
- {apiGroups: [bitnami.com], resources: [sealedsecrets], verbs: [get, list, watch]}
- {apiGroups: [bitnami.com], resources: [sealedsecrets/status], verbs: [update]}
- {apiGroups: [""], resources: [secrets], verbs: [get, list, create, update, delete, watch]}
- {apiGroups: [""], resources: [events], verbs: [create, patch]}
{{- with .Values.additionalNamespaces }}
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: {{ toJson . }}
  verbs: [get]
{{- end }}
{{- end -}}

{{- define "controller.encryptedRules" -}}
- {apiGroups: [sealkit.dev], resources: [encryptedsecrets], verbs: [get, list, watch]}
- {apiGroups: [sealkit.dev], resources: [encryptedsecrets/status], verbs: [update]}
{{- end -}}

{{- define "controller.subject" -}}
- {kind: ServiceAccount, name: {{ include "controller.account" . }}, namespace: {{ include "controller.namespace" . }}}
{{- end -}}
