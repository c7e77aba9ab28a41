import { type Component, type Kind, splitName } from '@trellis/metamodel'

const EDITORS: Partial<Record<Kind, string>> = {
  page_layout: 'layouts',
  list_view: 'list-views',
  validation_rule: 'validation-rules',
  approval_process: 'approval-processes',
  permission_set: 'permission-sets',
}

/** Where in the studio a component is edited. */
export function componentLink({ kind, name }: Pick<Component, 'kind' | 'name'>): string {
  const [object, own] = splitName(name)
  if (kind === 'object') return `/objects/${name}/settings`
  if (kind === 'field') return `/objects/${object}/fields?field=${own}`
  if (kind === 'record_page') return `/objects/${object}/page`
  const editor = EDITORS[kind]
  return editor ? `/${editor}/${name}` : `/components/${kind}/${name}`
}
