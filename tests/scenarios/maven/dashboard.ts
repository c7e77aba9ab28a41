import type { RawComponent } from '@trellis/metamodel'

const words = (en: string, zh: string): Record<string, string> => ({ 'en-US': en, 'zh-CN': zh })

const IS_WON = { '==': [{ var: 'stage' }, 'won'] }
const IS_LOST = { '==': [{ var: 'stage' }, 'lost'] }
const IS_OPEN = { not_in: [{ var: 'stage' }, ['won', 'lost', 'invalid']] }
const VALUE = { fn: 'sum', field: 'amount' }
const COUNT = { fn: 'count' }

interface Tile {
  name: string
  label: Record<string, string>
  type: string
  width: number
  measure: object
  where?: object
  group_by?: object[]
  sort?: string
  limit?: number
}

const NUMBERS: readonly Tile[] = [
  {
    name: 'won_value',
    label: words('Won value', '赢单金额'),
    type: 'number',
    width: 3,
    measure: VALUE,
    where: IS_WON,
  },
  {
    name: 'won_deals',
    label: words('Deals won', '赢单数'),
    type: 'number',
    width: 3,
    measure: COUNT,
    where: IS_WON,
  },
  {
    name: 'lost_deals',
    label: words('Deals lost', '输单数'),
    type: 'number',
    width: 3,
    measure: COUNT,
    where: IS_LOST,
  },
  {
    name: 'open_deals',
    label: words('Deals in progress', '进行中商机数'),
    type: 'number',
    width: 3,
    measure: COUNT,
    where: IS_OPEN,
  },
]

const won = (
  name: string,
  label: Record<string, string>,
  more: Pick<Tile, 'type' | 'width' | 'group_by' | 'sort' | 'limit'>,
): Tile => ({
  name,
  label,
  measure: VALUE,
  where: IS_WON,
  ...more,
})

const CHARTS: readonly Tile[] = [
  won('won_by_month', words('Won value by month', '每月赢单金额'), {
    type: 'bar',
    width: 8,
    group_by: [{ field: 'close_date', bucket: 'month' }],
    sort: 'group',
  }),
  {
    name: 'deals_by_stage',
    label: words('Deals by stage', '各阶段商机数'),
    type: 'bar',
    width: 4,
    measure: COUNT,
    group_by: [{ field: 'stage' }],
    sort: 'group',
  },
  won('won_by_region', words('Won value by region', '各区域赢单金额'), {
    type: 'donut',
    width: 4,
    group_by: [{ field: 'owner.regional_office__c' }],
    sort: 'measure_desc',
  }),
  won('won_by_manager', words('Won value by manager', '各经理团队赢单金额'), {
    type: 'ranking',
    width: 4,
    group_by: [{ field: 'owner.manager' }],
    sort: 'measure_desc',
  }),
  won('won_by_product', words('Won value by product', '各产品赢单金额'), {
    type: 'ranking',
    width: 4,
    group_by: [{ field: 'product__c' }],
    sort: 'measure_desc',
  }),
  won('won_by_agent', words('Won value by agent: the first ten', '销售业绩前十'), {
    type: 'ranking',
    width: 6,
    group_by: [{ field: 'owner' }],
    sort: 'measure_desc',
    limit: 10,
  }),
  won('won_by_sector', words('Won value by sector', '各行业赢单金额'), {
    type: 'ranking',
    width: 6,
    group_by: [{ field: 'account.sector__c' }],
    sort: 'measure_desc',
  }),
]

/** The company's sales on one page. */
export const MAVEN_DASHBOARD: RawComponent = {
  kind: 'dashboard',
  name: 'maven',
  definition: {
    label: words('Maven sales', 'Maven 销售看板'),
    tiles: [...NUMBERS, ...CHARTS].map((tile) => ({ object: 'opportunity', ...tile })),
  },
}
