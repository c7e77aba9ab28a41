/** What people write when they ask for the first time. */
export const LEAD_NEEDS = [
  '想了解设备联网方案，大约 80 台数控机床。',
  '官网看到能源管理平台，想要一份报价和案例。',
  '现有进口控制器交期太长，咨询国产替代的可行性。',
  '需要两套视觉检测设备，检测金属件表面划痕。',
  '准备新建工厂，想约技术人员做一次整体规划交流。',
  '询问变频器 37 kW 的价格和货期，数量约 20 台。',
  '老板要求上 MES，目前用表格排产，先了解费用。',
  '展会上看过预测性维护的演示，想做一次试点。',
  '污水站想做无人值守，预算有限，先要个方案。',
  '仓库条码系统升级，希望和现有 ERP 对接。',
  '学校实训室建设，需要 12 套可编程控制器教学平台。',
  '想代理贵司的工业网关，咨询渠道政策。',
] as const

export const CAMPAIGNS = [
  { source: 'baidu', medium: 'cpc', campaign: '设备联网搜索推广' },
  { source: 'wechat', medium: 'article', campaign: '能源管理案例推文' },
  { source: 'webinar', medium: 'event', campaign: '国产控制器替代直播' },
  { source: 'newsletter', medium: 'email', campaign: '季度新品邮件' },
] as const

export const LEAD_TITLES = [
  '设备部经理',
  '总经理',
  '采购经理',
  '信息部主管',
  '生产副总',
  '工程师',
  '项目负责人',
  '厂长',
  '技术总监',
] as const
