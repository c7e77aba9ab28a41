import {
  type Kind,
  type Locale,
  localize,
  type LocalizedText,
  type ModelChange,
  type PropertyChange,
} from '@trellis/metamodel'

const KIND_WORDS: Readonly<Record<Kind, { 'zh-CN': string; 'en-US': string }>> = {
  app: { 'zh-CN': '应用', 'en-US': 'app' },
  object: { 'zh-CN': '对象', 'en-US': 'object' },
  field: { 'zh-CN': '字段', 'en-US': 'field' },
  record_type: { 'zh-CN': '记录类型', 'en-US': 'record type' },
  page_layout: { 'zh-CN': '页面布局', 'en-US': 'page layout' },
  record_page: { 'zh-CN': '记录页', 'en-US': 'record page' },
  list_view: { 'zh-CN': '列表视图', 'en-US': 'list view' },
  validation_rule: { 'zh-CN': '校验规则', 'en-US': 'validation rule' },
  duplicate_rule: { 'zh-CN': '查重规则', 'en-US': 'duplicate rule' },
  sharing_rule: { 'zh-CN': '共享规则', 'en-US': 'sharing rule' },
  restriction_rule: { 'zh-CN': '限制规则', 'en-US': 'restriction rule' },
  approval_process: { 'zh-CN': '审批流程', 'en-US': 'approval process' },
  permission_set: { 'zh-CN': '权限集', 'en-US': 'permission set' },
  role: { 'zh-CN': '角色', 'en-US': 'role' },
  picklist: { 'zh-CN': '公共选项列表', 'en-US': 'picklist' },
  dashboard: { 'zh-CN': '仪表盘', 'en-US': 'dashboard' },
  template: { 'zh-CN': '模板', 'en-US': 'template' },
  test: { 'zh-CN': '测试', 'en-US': 'test' },
}

const PROPERTY_WORDS: Readonly<Record<string, { 'zh-CN': string; 'en-US': string }>> = {
  label: { 'zh-CN': '名称', 'en-US': 'label' },
  plural: { 'zh-CN': '复数名称', 'en-US': 'plural' },
  former_names: { 'zh-CN': '曾用名', 'en-US': 'former names' },
  help: { 'zh-CN': '帮助文字', 'en-US': 'help' },
  required: { 'zh-CN': '必填', 'en-US': 'required' },
  required_when: { 'zh-CN': '必填条件', 'en-US': 'required when' },
  visible_when: { 'zh-CN': '显示条件', 'en-US': 'visible when' },
  read_only_when: { 'zh-CN': '只读条件', 'en-US': 'read-only when' },
  unique: { 'zh-CN': '唯一', 'en-US': 'unique' },
  default: { 'zh-CN': '默认值', 'en-US': 'default' },
  values: { 'zh-CN': '选项', 'en-US': 'values' },
  values_of: { 'zh-CN': '选项来自', 'en-US': 'values of' },
  controlled_by: { 'zh-CN': '受控于', 'en-US': 'controlled by' },
  type: { 'zh-CN': '类型', 'en-US': 'type' },
  scale: { 'zh-CN': '小数位', 'en-US': 'decimal places' },
  columns: { 'zh-CN': '列', 'en-US': 'columns' },
  where: { 'zh-CN': '筛选条件', 'en-US': 'filter' },
  sort: { 'zh-CN': '排序', 'en-US': 'sort' },
  sections: { 'zh-CN': '分组与字段', 'en-US': 'sections and fields' },
  tabs: { 'zh-CN': '标签页', 'en-US': 'tabs' },
  facts: { 'zh-CN': '关键数字', 'en-US': 'key facts' },
  error_if: { 'zh-CN': '出错条件', 'en-US': 'condition' },
  message: { 'zh-CN': '提示文字', 'en-US': 'message' },
  active: { 'zh-CN': '启用', 'en-US': 'active' },
  entry: { 'zh-CN': '进入条件', 'en-US': 'entry criteria' },
  steps: { 'zh-CN': '步骤', 'en-US': 'steps' },
  objects: { 'zh-CN': '对象权限', 'en-US': 'object rights' },
  system: { 'zh-CN': '系统权限', 'en-US': 'system permissions' },
}

const OPERATIONS = {
  added: { 'zh-CN': '新增', 'en-US': 'new' },
  removed: { 'zh-CN': '删除', 'en-US': 'removed' },
}

const CHANGED: Readonly<Record<Locale, (parts: readonly string[]) => string>> = {
  'zh-CN': (parts) => `修改了${parts.join('、')}`,
  'en-US': (parts) => `${parts.join(', ')} changed`,
}

/**
 * A change in one sentence.
 * @example describeChange(change, 'en-US') // 'field Level (account.level): label, required changed'
 */
export function describeChange(
  change: Pick<ModelChange, 'kind' | 'name' | 'op' | 'from' | 'follows' | 'properties'> &
    Partial<Pick<ModelChange, 'old' | 'new'>>,
  locale: Locale,
): string {
  const { kind, name, op, from, follows, properties } = change
  const label = (change.new ?? change.old) as { label?: LocalizedText } | undefined
  const shown = label?.label === undefined ? name : `${localize(label.label, locale)} (${name})`
  const word = KIND_WORDS[kind][locale]
  const parts = [...new Set(properties.map((property) => describeProperty(property, locale)))]
  if (op === 'renamed') {
    const more = parts.length === 0 ? '' : CHANGED[locale](parts)
    return locale === 'zh-CN'
      ? `${word} ${shown}：由 ${from} 更名${more === '' ? '' : `；${more}`}`
      : `${word} ${shown}: renamed from ${from}${more === '' ? '' : `; ${more}`}`
  }
  if (follows) {
    return locale === 'zh-CN'
      ? `${word} ${shown}：随之使用新名称`
      : `${word} ${shown}: follows the new names`
  }
  if (op !== 'changed') {
    return locale === 'zh-CN'
      ? `${OPERATIONS[op][locale]}${word} ${shown}`
      : `${OPERATIONS[op][locale]} ${word} ${shown}`
  }
  return locale === 'zh-CN'
    ? `${word} ${shown}：${CHANGED[locale](parts)}`
    : `${word} ${shown}: ${CHANGED[locale](parts)}`
}

function describeProperty(property: PropertyChange, locale: Locale): string {
  const [first = '', second] = property.path.split('.')
  const word = PROPERTY_WORDS[first]?.[locale] ?? first
  return first === 'objects' && second !== undefined ? `${word} ${second}` : word
}
