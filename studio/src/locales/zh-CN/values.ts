/** The values of picklists that records have, and what becomes of them. */
export const values = {
  choose: '选择选项',
  nothing: '清空',
  retired: '已停用',
  remove: '移除',
  remove_named: '移除“{name}”',
  retire: '改为停用',
  have_it: '没有记录使用此选项 | {n} 条记录使用此选项 | {n} 条记录使用此选项',
  record_count: '无记录 | {n} 条记录 | {n} 条记录',
  replace_with: '替换为',
  replace_hint:
    '发布前不会有任何变化；发布计划会列出这一步，修改记录保留旧值。停用的选项仍保留在原有记录上，但不能再选。',
  required: '该字段为必填，不能清空。',
  currency_in_use: '币种不能替换，否则金额的含义会改变。请改为停用，原有记录保留该币种。',
  along: '同时更改：',
  removed: '在此草稿中移除',
  restore: '恢复',
  unanswered: '请选择替换为什么，或恢复此选项，否则无法发布。',
  answer: '选择替换为什么',
  step: {
    change: '{name}：选项',
    remove: '移除选项 {name}',
    replace: '{name} 的替换值',
    restore: '恢复选项 {name}',
    retire: '停用 {name}',
  },
}
