import { WIDE_TYPES } from '../field-types/index.ts'
import type {
  ListViewDefinition,
  PageLayoutDefinition,
  RecordPageDefinition,
} from '../kinds/index.ts'
import { ownFields } from './field-path.ts'
import type { FieldModel, Named, ObjectModel } from './model.ts'

type Bare = Omit<ObjectModel, 'pageLayouts' | 'recordPage' | 'listViews'>

/** The layout of an object for which nobody made one: every field, long texts across. */
export function deriveLayout(object: Bare): Named<PageLayoutDefinition> {
  const fields = ownFields(object.fields.values()).filter(
    (field) => !field.isSystem || field.name === 'owner',
  )
  return derived(object, 'default', {
    sections: [
      {
        name: 'details',
        label: { 'zh-CN': '基本信息', 'en-US': 'Details' },
        columns: 2,
        fields: fields.map((field) => ({
          field: field.name,
          ...(WIDE_TYPES.has(field.type.name) ? { wide: true } : {}),
        })),
      },
    ],
  })
}

/** The 360° page of an object for which nobody made one: timeline, details and every related list. */
export function deriveRecordPage(object: Bare): Named<RecordPageDefinition> {
  const lists = [...object.relationships.values()].map((relationship) => ({
    name: relationship.name,
    label: relationship.label,
    components: [{ type: 'related_list' as const, relationship: relationship.name }],
  }))
  return derived(object, 'default', {
    highlights: [...object.highlights],
    tabs: [
      {
        name: 'details',
        label: { 'zh-CN': '详情', 'en-US': 'Details' },
        components: [{ type: 'details' }],
      },
      ...lists.slice(0, 15),
      {
        name: 'timeline',
        label: { 'zh-CN': '动态', 'en-US': 'Timeline' },
        components: [{ type: 'timeline' }],
      },
      {
        name: 'history',
        label: { 'zh-CN': '修改记录', 'en-US': 'History' },
        components: [{ type: 'history' }],
      },
    ],
  })
}

/** "All" and "mine" exist for every object at once, unless views of these names were made. */
export function deriveListViews(
  object: Bare,
  authored: readonly Named<ListViewDefinition>[],
): Named<ListViewDefinition>[] {
  const has = (name: string): boolean => authored.some((view) => view.name === name)
  const columns = listColumns(object)
  const all = derived<ListViewDefinition>(object, 'all', {
    label: { 'zh-CN': '全部', 'en-US': 'All' },
    columns,
    sort: [{ field: 'updated_at', direction: 'desc' }],
  })
  const mine = derived<ListViewDefinition>(object, 'mine', {
    label: { 'zh-CN': '我负责的', 'en-US': 'Mine' },
    scope: 'mine',
    columns,
    sort: [{ field: 'updated_at', direction: 'desc' }],
  })
  const isOwned = object.fields.has('owner')
  return [...authored, ...(has('all') ? [] : [all]), ...(isOwned && !has('mine') ? [mine] : [])]
}

function listColumns(object: Bare): string[] {
  const wanted = [
    'name',
    ...object.highlights,
    ...(object.stageField ? [object.stageField.name] : []),
    ...ownFields(object.fields.values())
      .filter(isListable)
      .map((field) => field.name),
  ]
  const columns = [...new Set(wanted)].slice(0, 7)
  return object.fields.has('owner') && !columns.includes('owner') ? [...columns, 'owner'] : columns
}

function isListable(field: FieldModel): boolean {
  return !field.isSystem && field.type.isSortable
}

function derived<D>(object: Bare, name: string, definition: D): Named<D> {
  return { fullName: `${object.name}.${name}`, name, definition, isDerived: true }
}
