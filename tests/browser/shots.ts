import type { Session } from './signed-in.ts'

/** One picture: whose screen it is, where, and what must be there before it is taken. */
export interface Shot {
  readonly name: string
  readonly as: 'admin' | 'manager' | 'nobody'
  readonly path: string
  readonly ready: string
  /** What is clicked first, one after the other; only at one of the widths if it is open or would hide the rest at the other. */
  readonly open?: { readonly at?: 'wide' | 'phone'; readonly selectors: readonly string[] }
}

/** Where the pictures are taken; what they show is the busiest account and a deal in negotiation. */
export async function planShots(admin: Session): Promise<Shot[]> {
  const account = await busiestAccount(admin)
  const { records } = await admin.call(
    'GET',
    '/records/opportunity?filter[stage]=negotiation&sort=-amount&limit=1',
  )
  return [
    { name: 'login', as: 'nobody', path: '/login', ready: 'form' },
    {
      name: 'list',
      as: 'admin',
      path: '/o/account?view=all',
      ready: '[role=row] a, .record-cards a',
    },
    {
      name: 'form',
      as: 'admin',
      path: `/o/opportunity/${records[0].id}/edit`,
      ready: '[data-field=name] input',
    },
    { name: 'account', as: 'admin', path: `/o/account/${account}`, ready: '[data-node=facts]' },
    { name: 'kanban', as: 'admin', path: '/o/opportunity?view=board', ready: '[data-card]' },
    { name: 'dashboard', as: 'admin', path: '/dashboards/sales', ready: 'canvas, svg' },
    {
      name: 'approvals',
      as: 'manager',
      path: '/approvals',
      ready: '[data-approval]',
      open: { at: 'phone', selectors: ['[data-approval]'] },
    },
    {
      name: 'studio-object',
      as: 'admin',
      path: '/studio/objects/account',
      ready: '.studio-table',
      open: { at: 'wide', selectors: ['tr:has-text("credit_limit") button'] },
    },
    {
      name: 'layout-editor',
      as: 'admin',
      path: '/studio/objects/account/layouts/default',
      ready: '[data-node]',
    },
    { name: 'plan', as: 'admin', path: '/studio/plan', ready: 'ol' },
    ...accessShots(account, await aSeller(admin)),
  ]
}

/** Who may see and do what: the dialogs of a record, and the rooms of the studio. */
function accessShots(account: string, seller: string): Shot[] {
  const record = { as: 'admin', path: `/o/account/${account}`, ready: '[data-node=facts]' } as const
  const item = (...labels: readonly string[]): readonly string[] => [
    '.record-content button:is([aria-label="More"], [aria-label="更多"])',
    `[role=menuitem]:text-matches("^(${labels.join('|')})", "")`,
  ]
  return [
    { name: 'share', ...record, open: { selectors: item('Share and team', '共享与团队') } },
    { name: 'transfer', ...record, open: { selectors: item('Transfer', '转移负责人') } },
    { name: 'why', ...record, open: { selectors: item('Why can I', '我为什么') } },
    { name: 'own-account', as: 'manager', path: '/account', ready: 'h1' },
    {
      name: 'permission-matrix',
      as: 'admin',
      path: '/studio/permission-sets/sales_rep',
      ready: '[role=row], tr',
      open: { at: 'wide', selectors: ['button[title="account"]'] },
    },
    { name: 'roles', as: 'admin', path: '/studio/components/role', ready: 'tr' },
    { name: 'departments', as: 'admin', path: '/studio/departments', ready: 'tr' },
    {
      name: 'sharing-rule',
      as: 'admin',
      path: '/studio/objects/opportunity/sharing/large_deals__c',
      ready: 'h1',
    },
    {
      name: 'view-as',
      as: 'admin',
      path: `/studio/view-as?user=${seller}&object=opportunity`,
      ready: 'h1',
    },
    { name: 'audit', as: 'admin', path: '/studio/audit', ready: 'h1' },
  ]
}

async function busiestAccount(admin: Session): Promise<string> {
  const { groups } = await admin.call('POST', '/records/contract/aggregate', {
    group_by: ['account'],
    measures: [{ fn: 'count', as: 'n' }],
    sort: ['-n'],
    limit: 1,
  })
  return groups[0].account.id
}

async function aSeller(admin: Session): Promise<string> {
  const { records } = await admin.call('GET', '/records/user?filter[role]=sales_rep&limit=1')
  return records[0].id
}

/** A member of the team of the busiest account, and a department that may read it. */
export async function openDoors(admin: Session): Promise<void> {
  const shares = `/records/account/${await busiestAccount(admin)}/shares`
  const give = (principal: object, cause: string, more: object): Promise<unknown> =>
    admin.call('POST', shares, { principal, cause, access: 'read', ...more })
  const { records: users } = await admin.call(
    'GET',
    '/records/user?filter[role]=sales_manager&limit=2',
  )
  for (const [index, { id }] of users.entries()) {
    const access = index === 0 ? 'edit' : 'read'
    await give({ type: 'user', id }, 'team', { access, team_role: '售前' })
  }
  const { records: departments } = await admin.call('GET', '/records/department?limit=1')
  await give({ type: 'department', id: departments[0].id }, 'manual', {})
}

/** A new field, its place in the layout, and a rule: what an afternoon in the studio leaves behind. */
export async function openChangeSet(admin: Session): Promise<void> {
  const { id } = await admin.call('POST', '/meta/changesets', {})
  const put = (item: string, definition: unknown): Promise<unknown> =>
    admin.call('PUT', `/meta/changesets/${id}/${item}`, definition)
  await put('field/account.partner_tier__c', {
    type: 'picklist',
    label: { 'zh-CN': '伙伴等级', 'en-US': 'Partner tier' },
    values: [
      { code: 'gold', color: 'yellow', label: { 'zh-CN': '金牌', 'en-US': 'Gold' } },
      { code: 'silver', color: 'gray', label: { 'zh-CN': '银牌', 'en-US': 'Silver' } },
    ],
  })
  await put('validation_rule/account.key_needs_next_contact__c', {
    label: {
      'zh-CN': '重点客户要有下次联系日期',
      'en-US': 'Key accounts have a next contact date',
    },
    error_if: {
      and: [{ '==': [{ var: 'level' }, 'A'] }, { is_blank: [{ var: 'next_contact_date' }] }],
    },
    at: ['next_contact_date'],
    message: {
      'zh-CN': '重点客户请安排下次联系日期',
      'en-US': 'Plan the next contact with a key account',
    },
    existing: 'report',
  })
  await put('sharing_rule/opportunity.large_deals__c', {
    label: { 'zh-CN': '大额商机给市场部', 'en-US': 'Large deals for marketing' },
    where: { '>=': [{ var: 'amount' }, 500_000] },
    to: [{ role: 'marketing' }],
    access: 'read',
  })
}
