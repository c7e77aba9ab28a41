import type { RawComponent } from '@trellis/metamodel'

import { CUSTOM_FIELDS, DEALS_VIEW } from './custom-fields.ts'
import { MAVEN_DASHBOARD } from './dashboard.ts'
import type { HttpClient } from './http-client.ts'
import { loadDefinition } from './publish-changes.ts'

/** Fields that the package requires and that this company's deals do not all have. */
export const LOOSENED = ['opportunity.account', 'opportunity.close_date'] as const

/** The change set that gives the company's own data their place: fields, where they are seen, the dashboard. */
export async function ownModel(client: HttpClient): Promise<RawComponent[]> {
  const objects = ['account', 'product', 'user', 'opportunity']
  const layouts = await Promise.all(objects.map((object) => withSection(client, object)))
  return [...CUSTOM_FIELDS, DEALS_VIEW, MAVEN_DASHBOARD, ...layouts, await withDashboard(client)]
}

/** The packaged layout of an object, with one section more that holds the company's fields. */
async function withSection(client: HttpClient, object: string): Promise<RawComponent> {
  const name = `${object}.default`
  const { definition } = await loadDefinition(client, 'page_layout', name)
  const own = CUSTOM_FIELDS.map((field) => field.name.split('.')).filter(([of]) => of === object)
  const section = {
    name: 'maven',
    label: { 'en-US': 'Maven', 'zh-CN': 'Maven 信息' },
    columns: 2,
    fields: own.map(([, field]) => ({ field })),
  }
  const [first, ...others] = definition['sections'] as unknown[]
  return {
    kind: 'page_layout',
    name,
    definition: { ...definition, sections: [first, section, ...others] },
  }
}

/** The menu of the CRM app, which begins with the company's dashboard. */
async function withDashboard(client: HttpClient): Promise<RawComponent> {
  const { definition } = await loadDefinition(client, 'app', 'crm')
  const menu = definition['navigation'] as unknown[]
  return {
    kind: 'app',
    name: 'crm',
    definition: { ...definition, navigation: [{ dashboard: 'maven' }, ...menu] },
  }
}

/**
 * The change set that lets deals be without account and close date: the packaged fields as they are, only not
 * required. What protects an account with deals from being deleted stays.
 */
export async function loosenedFields(client: HttpClient): Promise<RawComponent[]> {
  return Promise.all(
    LOOSENED.map(async (name) => {
      const { required: _, ...rest } = (await loadDefinition(client, 'field', name)).definition
      const protection = rest['type'] === 'lookup' ? { on_delete: 'restrict' } : {}
      return { kind: 'field', name, definition: { ...rest, ...protection } }
    }),
  )
}
