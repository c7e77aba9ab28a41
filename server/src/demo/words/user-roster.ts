/** One of our own people. `name` and `mail` belong together; `manager` and `department` are keys. */
export interface RosterEntry {
  key: string
  name: string
  mail: string
  title: string
  department: (typeof DEPARTMENTS)[number]['key']
  manager?: string
  role: string
  permissionSets: readonly string[]
  english?: true
}

/** The departments by the codes that sharing rules know them by; those above stand before those below. */
export const DEPARTMENTS = [
  { key: 'sales', name: '销售中心', head: 'director', parent: null },
  { key: 'sales_east', name: '华东销售部', head: 'east', parent: 'sales' },
  { key: 'sales_south', name: '华南销售部', head: 'south', parent: 'sales' },
  { key: 'marketing', name: '市场部', head: 'marketing', parent: null },
  { key: 'operations', name: '运营与财务部', head: 'finance', parent: null },
] as const

/** A group of users that rules open records to. */
export const KEY_ACCOUNT_TEAM = {
  code: 'key_accounts',
  name: '大客户团队',
  members: ['rep3', 'rep5'],
} as const

/** A queue owns leads until one of its members takes them. */
export const INBOUND_LEADS = {
  code: 'inbound_leads',
  name: '新线索队列',
  members: ['marketing', 'rep2', 'rep4'],
} as const

/** Managers stand before those who report to them. */
export const USER_ROSTER: readonly RosterEntry[] = [
  {
    key: 'ceo',
    name: '周启明',
    mail: 'zhou.qiming',
    title: '总经理',
    department: 'operations',
    role: 'ceo',
    permissionSets: ['sales_manager', 'finance'],
  },
  {
    key: 'director',
    name: '林若溪',
    mail: 'lin.ruoxi',
    title: '销售总监',
    department: 'sales',
    manager: 'ceo',
    role: 'sales_director',
    permissionSets: ['sales_director'],
  },
  {
    key: 'east',
    name: '陈泽宇',
    mail: 'chen.zeyu',
    title: '华东区销售经理',
    department: 'sales_east',
    manager: 'director',
    role: 'sales_manager',
    permissionSets: ['sales_manager'],
  },
  {
    key: 'south',
    name: '赵雅琴',
    mail: 'zhao.yaqin',
    title: '华南区销售经理',
    department: 'sales_south',
    manager: 'director',
    role: 'sales_manager',
    permissionSets: ['sales_manager'],
  },
  {
    key: 'rep1',
    name: '王子墨',
    mail: 'wang.zimo',
    title: '高级销售顾问',
    department: 'sales_east',
    manager: 'east',
    role: 'sales_rep',
    permissionSets: ['sales_rep'],
  },
  {
    key: 'rep2',
    name: '刘思远',
    mail: 'liu.siyuan',
    title: '销售顾问',
    department: 'sales_east',
    manager: 'east',
    role: 'sales_rep',
    permissionSets: ['sales_rep'],
  },
  {
    key: 'rep3',
    name: '孙佳宁',
    mail: 'sun.jianing',
    title: '销售顾问',
    department: 'sales_east',
    manager: 'east',
    role: 'sales_rep',
    permissionSets: ['sales_rep'],
  },
  {
    key: 'rep4',
    name: '何俊杰',
    mail: 'he.junjie',
    title: '高级销售顾问',
    department: 'sales_south',
    manager: 'south',
    role: 'sales_rep',
    permissionSets: ['sales_rep'],
  },
  {
    key: 'rep5',
    name: '梁雨桐',
    mail: 'liang.yutong',
    title: '大客户经理',
    department: 'sales_south',
    manager: 'south',
    role: 'sales_rep',
    permissionSets: ['sales_rep'],
    english: true,
  },
  {
    key: 'marketing',
    name: '许梦瑶',
    mail: 'xu.mengyao',
    title: '市场经理',
    department: 'marketing',
    manager: 'ceo',
    role: 'marketing',
    permissionSets: ['marketing'],
  },
  {
    key: 'finance',
    name: '郑文静',
    mail: 'zheng.wenjing',
    title: '财务经理',
    department: 'operations',
    manager: 'ceo',
    role: 'finance',
    permissionSets: ['finance'],
  },
  {
    key: 'admin',
    name: '吴皓然',
    mail: 'wu.haoran',
    title: '信息化主管',
    department: 'operations',
    manager: 'ceo',
    role: 'administrator',
    permissionSets: ['admin'],
  },
]
