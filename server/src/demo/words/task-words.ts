export type TaskType = 'call' | 'visit' | 'document' | 'quote' | 'collection' | 'service' | 'other'

/** Things to do for a deal; `{account}` is the customer's short name, `{project}` the deal's name. */
export const DEAL_TASKS: readonly (readonly [type: TaskType, name: string])[] = [
  ['visit', '到{account}现场摸底设备与点表'],
  ['document', '准备{project}的技术方案'],
  ['call', '电话确认{account}的立项进度'],
  ['quote', '更新{project}的报价'],
  ['document', '整理同行业案例发给{account}'],
  ['visit', '陪同{account}参观样板工厂'],
  ['document', '完成{project}的样机测试报告'],
  ['call', '约{account}采购谈付款条件'],
  ['quote', '核对{project}的成本与交期'],
  ['other', '申请{project}的售前支持工程师'],
  ['document', '回复{account}的招标答疑'],
  ['visit', '向{account}管理层汇报方案'],
]

/** Things to do for those who have bought. */
export const CUSTOMER_TASKS: readonly (readonly [type: TaskType, name: string])[] = [
  ['collection', '跟进{account}的到期款'],
  ['service', '回访{account}的系统运行情况'],
  ['visit', '季度拜访{account}设备部'],
  ['collection', '向{account}寄送对账函'],
  ['service', '安排{account}的年度巡检'],
  ['call', '提醒{account}维保合同续签'],
  ['document', '整理{account}的验收资料'],
  ['other', '收回{account}的签字合同'],
  ['service', '安排{account}新员工培训'],
]

export const TASK_NOTES = [
  '对方希望本周内有答复。',
  '先与技术支持确认资源再回复。',
  '带上最新的产品样册和案例集。',
  '注意对方财务每月 25 日截止付款申请。',
  '与上次会议纪要核对后再发。',
] as const
