import { type FollowUpTemplate, told } from './follow-up-template.ts'

/** What is written about customers apart from a deal: service, money, and staying in touch. */
export const CUSTOMER_FOLLOW_UPS: readonly FollowUpTemplate[] = [
  told(
    'call',
    '款项提醒',
    '提醒{person}本期款项即将到期，对方说已进付款流程，预计 {number} 天内到账。',
    '到期日核对到账',
  ),
  told(
    'call',
    '催收逾期款',
    '就逾期款项与{person}沟通，对方解释是验收单还差一个签字。答应协助补齐资料，争取本月付出。',
    '把验收资料补寄给对方',
  ),
  told(
    'visit',
    '季度拜访',
    '例行拜访{person}，了解到明年有 {number} 条新线规划，目前在选控制平台，希望我们早点介入。',
    '准备新线整体方案',
  ),
  told('wechat', '节日问候', '给{person}发了节日问候，顺便问到设备运行正常，暂时没有新增需求。'),
  told(
    'call',
    '处理故障反馈',
    '{person}反馈触摸屏偶尔死机，远程排查是固件版本旧，指导升级后恢复。',
    '三天后回访',
  ),
  told(
    'visit',
    '年度巡检',
    '完成年度巡检，共检查 {number}6 个控制柜，更换 {number} 只老化继电器，巡检报告已由{person}签收。',
  ),
  told('email', '对账函', '寄出本季度对账函，请{person}核对后盖章回传。'),
  told(
    'call',
    '维保续签',
    '与{person}沟通维保续签，对方希望升级到白金服务，但价格要和去年持平，已记录。',
    '申请续签优惠',
  ),
  told(
    'meeting',
    '技术交流会',
    '在客户处做了一场{product}技术交流，来了 {number}0 多位工程师，现场试用反响不错。',
    '整理问题清单逐一答复',
  ),
  told(
    'wechat',
    '备件询价',
    '{person}询问{product}备件价格，要 {number} 台，已报标准价，三天内有效。',
  ),
  told(
    'visit',
    '高层走访',
    '陪同销售总监拜访{person}，双方谈到共建示范车间，愿意在行业会上联合分享。',
    '起草联合分享方案',
  ),
  told('call', '满意度回访', '电话回访{person}，对响应速度打了满分，建议增加夜间值班电话的公示。'),
  told(
    'email',
    '软件升级通知',
    '通知{person}新版本可以升级，修复了报表导出慢的问题，约定下个停产日操作。',
    '与客户确认停产日',
  ),
  told(
    'call',
    '人员变动',
    '{person}告知设备部负责人换岗，新负责人下周到任，约好上门拜访。',
    '拜访新负责人',
  ),
]

/** First contacts with companies that have not decided on anything yet. */
export const PROSPECT_FOLLOW_UPS: readonly FollowUpTemplate[] = [
  told(
    'call',
    '初次拜访电话',
    '第一次联系{person}，介绍了公司主要产品，对方表示今年没有项目，可以先留资料。',
    '下季度再联系',
  ),
  told(
    'visit',
    '陌生拜访',
    '路过园区顺访，见到{person}，简单参观车间，自动化程度不高，有改造空间。',
    '发送改造案例',
  ),
  told('wechat', '展会后续', '展会上认识的{person}，对{product}感兴趣，今天补发了参数表。'),
  told(
    'call',
    '了解现状',
    '{person}介绍现在用的是{competitor}的系统，还在质保期内，明年{month}到期。',
    '到期前三个月联系',
  ),
  told(
    'email',
    '邀请参加研讨会',
    '邀请{person}参加下月的技术研讨会，对方回复会派 {number} 位工程师来。',
    '会前一天提醒',
  ),
  told(
    'meeting',
    '线上交流',
    '开了一次线上会议，{person}主要关心投资回收期，按对方能耗估算约 {number} 年内可以回本。',
    '提供测算表',
  ),
  told('call', '更换联系人', '原联系人已离职，改由{person}负责设备采购，重新介绍了一遍公司情况。'),
]

/** Calls and messages to leads. */
export const LEAD_FOLLOW_UPS: readonly FollowUpTemplate[] = [
  told(
    'call',
    '首次联系',
    '按留的电话联系上{person}，确认需求真实，希望先看方案和大致报价。',
    '发送方案简介',
  ),
  told('call', '电话未接', '上午、下午各拨打一次均未接听，已发短信说明来意。', '明天上午再拨'),
  told(
    'wechat',
    '加微信',
    '{person}通过微信申请，发来车间照片 {number} 张，设备比较旧，已转技术判断。',
  ),
  told(
    'email',
    '发送产品资料',
    '向{person}发送{product}资料和报价范围，对方确认收到。',
    '三天后回访',
  ),
  told(
    'call',
    '确认预算',
    '{person}表示预算大概 {number}0 万，老板已口头同意，{month}立项。',
    '约上门拜访',
  ),
  told('call', '需求不明确', '聊下来只是想了解行情，短期没有采购计划，先列入培育名单。'),
  told('wechat', '转发案例', '给{person}转发了同行业案例，对方问能否去现场参观。', '协调样板客户'),
  told(
    'call',
    '资质确认',
    '确认公司规模和行业，{person}能参与决策，适合转成客户继续跟进。',
    '转换为客户并建立商机',
  ),
]
