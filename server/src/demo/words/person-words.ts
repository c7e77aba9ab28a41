/** Surnames and given names with their pinyin. Any surname goes with any given name. */
export const SURNAMES: readonly (readonly [hanzi: string, pinyin: string])[] = [
  ['王', 'wang'], ['李', 'li'], ['张', 'zhang'], ['刘', 'liu'], ['陈', 'chen'], ['杨', 'yang'], ['黄', 'huang'],
  ['赵', 'zhao'], ['吴', 'wu'], ['周', 'zhou'], ['徐', 'xu'], ['孙', 'sun'], ['马', 'ma'], ['朱', 'zhu'],
  ['胡', 'hu'], ['郭', 'guo'], ['何', 'he'], ['林', 'lin'], ['罗', 'luo'], ['高', 'gao'], ['郑', 'zheng'],
  ['梁', 'liang'], ['谢', 'xie'], ['宋', 'song'], ['唐', 'tang'], ['许', 'xu'], ['韩', 'han'], ['邓', 'deng'],
  ['冯', 'feng'], ['曹', 'cao'], ['彭', 'peng'], ['曾', 'zeng'], ['肖', 'xiao'], ['田', 'tian'], ['董', 'dong'],
  ['潘', 'pan'], ['袁', 'yuan'], ['蔡', 'cai'], ['蒋', 'jiang'], ['余', 'yu'], ['于', 'yu'], ['杜', 'du'],
  ['叶', 'ye'], ['程', 'cheng'], ['魏', 'wei'], ['苏', 'su'], ['吕', 'lv'], ['丁', 'ding'], ['任', 'ren'],
  ['沈', 'shen'], ['姚', 'yao'], ['卢', 'lu'], ['钟', 'zhong'], ['姜', 'jiang'], ['崔', 'cui'], ['谭', 'tan'],
  ['陆', 'lu'], ['范', 'fan'], ['汪', 'wang'], ['廖', 'liao'], ['欧阳', 'ouyang'], ['上官', 'shangguan'],
]

export const GIVEN_MALE: readonly (readonly [hanzi: string, pinyin: string])[] = [
  ['建国', 'jianguo'], ['志强', 'zhiqiang'], ['伟', 'wei'], ['海涛', 'haitao'], ['俊峰', 'junfeng'], ['永康', 'yongkang'],
  ['明辉', 'minghui'], ['家豪', 'jiahao'], ['文博', 'wenbo'], ['国栋', 'guodong'], ['晓东', 'xiaodong'], ['立新', 'lixin'],
  ['振宇', 'zhenyu'], ['世杰', 'shijie'], ['鹏飞', 'pengfei'], ['天佑', 'tianyou'], ['子轩', 'zixuan'], ['浩', 'hao'],
  ['建平', 'jianping'], ['卫东', 'weidong'], ['景行', 'jingxing'], ['少华', 'shaohua'], ['庆丰', 'qingfeng'], ['一鸣', 'yiming'],
  ['润泽', 'runze'], ['博文', 'bowen'], ['嘉树', 'jiashu'], ['思齐', 'siqi'], ['向阳', 'xiangyang'], ['凯', 'kai'],
]
export const GIVEN_FEMALE: readonly (readonly [hanzi: string, pinyin: string])[] = [
  ['秀英', 'xiuying'], ['丽娟', 'lijuan'], ['静', 'jing'], ['晓燕', 'xiaoyan'], ['雪梅', 'xuemei'], ['佳怡', 'jiayi'],
  ['思雨', 'siyu'], ['婷婷', 'tingting'], ['慧敏', 'huimin'], ['文君', 'wenjun'], ['海霞', 'haixia'], ['玉兰', 'yulan'],
  ['欣然', 'xinran'], ['雅婷', 'yating'], ['春华', 'chunhua'], ['诗涵', 'shihan'], ['若兰', 'ruolan'], ['淑芬', 'shufen'],
  ['敏', 'min'], ['琳', 'lin'], ['梓萱', 'zixuan'], ['可欣', 'kexin'], ['安琪', 'anqi'], ['语嫣', 'yuyan'],
]

export type ContactRole = 'decision_maker' | 'influencer' | 'user' | 'purchasing' | 'finance' | 'gatekeeper'

/** Job titles and departments by the codes of the buying role. */
export const JOBS: Readonly<Record<ContactRole, readonly (readonly [title: string, department: string])[]>> = {
  decision_maker: [
    ['总经理', '总经办'], ['副总经理', '总经办'], ['生产副总', '生产中心'], ['技术总监', '技术中心'], ['厂长', '生产中心'],
    ['信息总监', '信息部'], ['运营总监', '运营中心'],
  ],
  influencer: [
    ['设备部经理', '设备部'], ['自动化主管', '设备部'], ['工艺经理', '工艺部'], ['信息部经理', '信息部'], ['项目经理', '项目部'],
    ['研发经理', '研发部'], ['质量经理', '质量部'],
  ],
  user: [
    ['设备工程师', '设备部'], ['电气工程师', '设备部'], ['车间主任', '生产部'], ['生产主管', '生产部'], ['自动化工程师', '技术部'],
    ['数据工程师', '信息部'],
  ],
  purchasing: [['采购经理', '采购部'], ['采购工程师', '采购部'], ['供应链经理', '供应链部'], ['招标专员', '采购部']],
  finance: [['财务经理', '财务部'], ['财务总监', '财务部'], ['应付会计', '财务部']],
  gatekeeper: [['总经理助理', '总经办'], ['行政主管', '行政部'], ['秘书', '总经办']],
}
