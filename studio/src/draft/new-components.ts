import {
  type AppDefinition,
  type Component,
  type Definitions,
  type Kind,
  type LocalizedText,
  type ObjectDefinition,
  type ObjectModel,
  type PermissionSetDefinition,
} from '@trellis/metamodel'

import { componentsOf, definitionOf, type Draft, putComponent } from './draft.ts'
import { setAllRights, setScope } from './permission-commands.ts'

/** What a new object is made of. */
export interface NewObject {
  name: string
  definition: ObjectDefinition
  /** The app in whose menu it stands. */
  app: string | undefined
  /** Permission sets that get every right over it, over all records. */
  permissionSets: readonly string[]
}

/** Puts an object, its place in a menu, and the rights over it. */
export function addObject(draft: Draft, given: NewObject): Draft {
  const component: Component = { kind: 'object', name: given.name, definition: given.definition }
  const withMenu = addToMenu(putComponent(draft, component), given.app, given.name)
  return given.permissionSets.reduce((next, name) => grantAll(next, name, given.name), withMenu)
}

function addToMenu(draft: Draft, app: string | undefined, object: string): Draft {
  const definition: AppDefinition | undefined =
    app === undefined ? undefined : definitionOf(draft, 'app', app)
  if (app === undefined || !definition) return draft
  const navigation = [...(definition.navigation ?? []), { object }]
  return putComponent(draft, { kind: 'app', name: app, definition: { ...definition, navigation } })
}

function grantAll(draft: Draft, name: string, object: string): Draft {
  const set: PermissionSetDefinition | undefined = definitionOf(draft, 'permission_set', name)
  if (!set) return draft
  const granted = setAllRights(set, object, true)
  const readsAll = setScope(granted, object, { of: 'read_scope', is: 'all' })
  return putComponent(draft, {
    kind: 'permission_set',
    name,
    definition: setScope(readsAll, object, { of: 'edit_scope', is: 'all' }),
  })
}

/** What a component of a kind begins with; the rest is filled in by its editor. */
export function newDefinition(
  kind: Kind,
  label: LocalizedText,
  object: ObjectModel | undefined,
): Definitions[Kind] {
  const beginnings: Partial<Record<Kind, () => Definitions[Kind]>> = {
    page_layout: () => ({
      ...object?.pageLayouts[0]?.definition,
      label,
      sections: object?.pageLayouts[0]?.definition.sections ?? [],
    }),
    list_view: () => ({
      label,
      columns: [...(object?.listViews[0]?.definition.columns ?? ['name'])],
    }),
    record_type: () => ({ label }),
    picklist: () => ({ label, values: [] }),
    validation_rule: () => ({ label, error_if: null, message: label }),
    duplicate_rule: () => ({
      label,
      match: [{ field: 'name', method: 'normalised' }],
      on_create: 'warn',
      on_update: 'warn',
      message: label,
    }),
    sharing_rule: () => ({ label, to: [], access: 'read' }),
    restriction_rule: () => ({ label, to: [], where: null }),
    approval_process: () => ({
      label,
      object: object?.name ?? '',
      steps: [
        {
          name: 'step_1',
          label: { 'zh-CN': '直属上级审批', 'en-US': 'Manager' },
          approvers: [{ by: 'manager' }],
        },
      ],
    }),
    dashboard: () => ({ label, tiles: [] }),
    template: () => ({
      label,
      object: '',
      type: 'print',
      body: { 'zh-CN': '<h1>{{name}}</h1>', 'en-US': '<h1>{{name}}</h1>' },
    }),
    test: () => ({ label, given: [], do: [], expect: [] }),
    app: () => ({ label, version: '1.0.0', navigation: [] }),
  }
  return beginnings[kind]?.() ?? { label }
}

/** The names of a kind that are taken, within an object where they belong to one. */
export function takenNames(draft: Draft, kind: Kind, object?: string): Set<string> {
  const names = componentsOf(draft)
    .filter((one) => one.kind === kind)
    .map((one) => one.name)
  if (object === undefined) return new Set(names)
  return new Set(
    names
      .filter((name) => name.startsWith(`${object}.`))
      .map((name) => name.slice(object.length + 1)),
  )
}
