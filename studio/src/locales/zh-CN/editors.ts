/** The editors of layouts, views, rules, processes and permission sets. */
export const editors = {
  gone: '此组件不存在，或已被删除', more: '更多', delete: '删除{kind}', delete_hint: '发布后生效；发布前可以撤销。', delete_new_hint: '它还没有发布，删除后只能用撤销找回。',
  preview: '预览', preview_record: '预览用的记录', no_record: '没有记录', view: '显示', form: '表单', details: '详情', device: '屏幕', wide: '桌面', phone: '手机', as_seen: '按条件显示',
  conditional: '按条件显示',
  unplaced: '未放置的字段', find_field: '查找字段', all_placed: '所有字段都已放置', no_such_field: '没有匹配的字段', drag_or_enter: '拖到画布，或按 Enter 添加',
  add_section: '添加分区', remove_section: '移除分区', empty_section: '空分区：把字段拖到这里', take_off: '从布局移除', layout: '页面布局', choose_node: '点选画布上的字段或分区以修改其设置。', tightens: '布局只能收紧字段的设置，不能放宽。',
  keys: 'Alt + 方向键移动 · Delete 移除 · Ctrl Z 撤销',
  part: { layout: '整个布局', section: '分区', field: '字段' },
  add_column: '添加列', add_sort: '添加排序', record_count: '{n} 条记录', not_live: '对象尚未发布，没有可预览的记录', fix_first: '修正错误后显示预览', no_match: '没有符合条件的记录', after_publish: '发布后可见',
  refuse_if: '当以下条件成立时拒绝保存', none_fails: '现有记录全部符合此规则', would_fail: '{n} 条现有记录不符合此规则', counting: '正在统计现有记录…', count_now: '统计不符合规则的现有记录', cannot_count: '条件用到尚未发布的字段，发布前无法统计',
  process: '审批流程', submit_of: '提交{object}', every_record: '所有记录', outcome: '结果', only_if: '仅当{condition}', add_step: '添加步骤', remove_step: '移除步骤', step_of: '第 {index} 步，共 {count} 步', list_joint: '、', colon: '：',
  find_object: '查找对象', only_granted: '只看已授权', field_rights: '字段权限', grant_first: '先授予查看权限，再设置字段。', set_shown: '{n} 个字段设为', part_of_set: '权限集的部分',
  system: {
    customize: '进入工作室，修改对象、页面和流程', manage_users: '新建和停用用户，分配角色与权限集', view_all_data: '查看所有对象的全部记录', modify_all_data: '新建、修改和删除所有对象的全部记录', export: '把列表导出为文件',
    import: '从文件导入记录', api: '使用 API 密钥访问',
  },
  step: {
    delete: '删除 {name}', place: '放置 {name}', take: '移除 {name}', move_section: '移动分区', add_section: '添加分区', remove_section: '移除分区', layout: '布局：{property}', view: '列表视图：{property}', rule: '规则：{property}', process: '流程：{property}',
    move_step: '移动步骤', set: '权限集：{property}', rights: '{object}的权限', component: '{kind}：{property}',
  },
}
