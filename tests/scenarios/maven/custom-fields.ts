import type { RawComponent } from '@trellis/metamodel'

/** A code, its words in two languages, and its colour. */
type Value = readonly [code: string, en: string, zh: string, color: string]

const SECTORS: readonly Value[] = [
  ['employment', 'Employment', '人力资源', 'gray'],
  ['entertainment', 'Entertainment', '娱乐', 'purple'],
  ['finance', 'Finance', '金融', 'yellow'],
  ['marketing', 'Marketing', '营销', 'orange'],
  ['medical', 'Medical', '医疗', 'red'],
  ['retail', 'Retail', '零售', 'lime'],
  ['services', 'Services', '服务', 'teal'],
  ['software', 'Software', '软件', 'cyan'],
  ['technology', 'Technology', '科技', 'blue'],
  ['telecommunications', 'Telecommunications', '电信', 'green'],
]
const OFFICES: readonly Value[] = [
  ['central', 'Central', '中部', 'orange'],
  ['east', 'East', '东部', 'blue'],
  ['west', 'West', '西部', 'teal'],
]
const SERIES: readonly Value[] = [
  ['GTX', 'GTX', 'GTX', 'blue'],
  ['MG', 'MG', 'MG', 'teal'],
  ['GTK', 'GTK', 'GTK', 'purple'],
]

const words = (en: string, zh: string): Record<string, string> => ({ 'en-US': en, 'zh-CN': zh })

function field(name: string, label: Record<string, string>, more: object): RawComponent {
  return { kind: 'field', name, definition: { label, ...more } }
}

function picklist(
  name: string,
  label: Record<string, string>,
  values: readonly Value[],
): RawComponent {
  const entries = values.map(([code, en, zh, color]) => ({ code, label: words(en, zh), color }))
  return field(name, label, { type: 'picklist', values: entries, index: true })
}

/** What this company knows of its customers, products, people and deals and the CRM app has no place for. */
export const CUSTOM_FIELDS: readonly RawComponent[] = [
  picklist('account.sector__c', words('Sector', '所属行业'), SECTORS),
  field('account.year_established__c', words('Year established', '成立年份'), {
    type: 'text',
    max_length: 4,
  }),
  field('account.revenue__c', words('Revenue (million USD)', '年营收（百万美元）'), {
    type: 'number',
    scale: 2,
    min: 0,
  }),
  field('account.employees__c', words('Employees', '员工人数'), { type: 'number', min: 0 }),
  field('account.office_location__c', words('Headquarters', '总部所在地'), {
    type: 'text',
    max_length: 80,
  }),
  picklist('product.series__c', words('Series', '产品系列'), SERIES),
  picklist('user.regional_office__c', words('Regional office', '区域办公室'), OFFICES),
  field('opportunity.opportunity_id__c', words('Opportunity ID', '商机编号'), {
    type: 'text',
    max_length: 20,
    external_id: true,
    searchable: true,
  }),
  field('opportunity.product__c', words('Product', '产品'), {
    type: 'lookup',
    target: 'product',
    on_delete: 'restrict',
    relationship: { name: 'opportunities__c', label: words('Opportunities', '商机') },
  }),
  field('opportunity.engage_date__c', words('Engaged on', '开始接洽日期'), { type: 'date' }),
]

/** The deals as they came, with the company's own columns. */
export const DEALS_VIEW: RawComponent = {
  kind: 'list_view',
  name: 'opportunity.maven',
  definition: {
    label: words('Maven deals', 'Maven 商机'),
    order: 5,
    columns: [
      'name',
      'opportunity_id__c',
      'account',
      'product__c',
      'stage',
      'amount',
      'close_date',
      'owner',
      'owner.regional_office__c',
    ],
    sort: [{ field: 'close_date', direction: 'desc' }],
  },
}
