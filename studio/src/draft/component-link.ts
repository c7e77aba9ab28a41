import { type Component, type Kind, splitName } from '@trellis/metamodel'

/** Below the object; the part's own name follows. */
const OBJECT_ROOMS: Partial<Record<Kind, string>> = {
  field: 'fields',
  record_type: 'types',
  page_layout: 'layouts',
  list_view: 'views',
  validation_rule: 'rules',
  duplicate_rule: 'duplicates',
  sharing_rule: 'sharing',
  restriction_rule: 'restrictions',
}
const ROOMS: Partial<Record<Kind, string>> = {
  approval_process: 'approval-processes',
  permission_set: 'permission-sets',
}

/**
 * Where in the studio a component is edited.
 * @example componentLink({ kind: 'page_layout', name: 'account.default' }) // '/objects/account/layouts/default'
 */
export function componentLink({ kind, name }: Pick<Component, 'kind' | 'name'>): string {
  const [object, own] = splitName(name)
  if (kind === 'object') return `/objects/${name}/settings`
  if (kind === 'record_page') return `/objects/${object}/page`
  const room = OBJECT_ROOMS[kind]
  if (room !== undefined) return `/objects/${object}/${room}/${own}`
  return `/${ROOMS[kind] ?? `components/${kind}`}/${name}`
}
