/** The change bar, the plan and the history of releases. */
export const publish = {
  changes: '{n} 处修改', errors: '{n} 个错误', warnings: '{n} 个提醒', plan_and_publish: '检查并发布', plan: '发布计划',
  op: { added: '新增', changed: '修改', removed: '删除' },
  reordered: '顺序已调整',
  take_back: '撤回修改', take_back_named: '撤回对 {name} 的修改', whole_system: '全局',
  in_the_way: '{n} 个问题阻止发布', to_know: '发布前请留意', steps: '对数据库的操作', no_steps: '不改动数据表，立即生效。',
  class: { instant: '瞬时', scan: '扫描', build: '构建', rewrite: '重写' },
  lock: { none: '不加锁', share: '共享锁', share_row_exclusive: '行级互斥锁', access_exclusive: '短暂独占锁' },
  rows: '{count} 行', reversible: '可撤销', irreversible: '不可撤销',
  release_label: '这次发布的说明（可选）', publish: '发布 {n} 处修改', publishing: '正在发布…', planning: '正在检查…',
  nothing: '没有待发布的修改', is_live: '第 {release} 版已生效', is_live_hint: '所有用户几秒内即可看到，无需刷新。',
  discard: '放弃全部修改', discard_hint: '{n} 处修改将被丢弃，无法恢复。',
  conflict: '其他人刚发布了对同一组件的修改', rebase: '基于最新版本重新检查', rebase_hint: '你的修改将放到最新版本之上；重叠之处以你的为准，发布前请查看计划。',
  elsewhere: '{who} 发布了第 {release} 版 {label}', somebody: '有人', system: '系统', live: '当前版本', unnamed: '无说明', no_releases: '还没有发布过', no_changes: '没有修改',
  rollback_of: '回到第 {release} 版', roll_back: '回到此版本', roll_back_to: '回到第 {release} 版', roll_back_hint: '将产生一个内容与该版本相同的新版本。记录中的数据不受影响；之后新增的字段会隐藏，其数据保留。',
  rolled_back: '第 {release} 版已生效，内容同第 {to} 版',
}
