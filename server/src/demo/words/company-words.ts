/** Syllables of trade names, each with its pinyin for web addresses. Any first goes with any second. */
export const TRADE_FIRST: readonly (readonly [hanzi: string, pinyin: string])[] = [
  ['恒', 'heng'], ['鸿', 'hong'], ['瑞', 'rui'], ['锦', 'jin'], ['泰', 'tai'], ['广', 'guang'], ['永', 'yong'],
  ['德', 'de'], ['嘉', 'jia'], ['卓', 'zhuo'], ['凯', 'kai'], ['旭', 'xu'], ['联', 'lian'], ['昌', 'chang'],
  ['盛', 'sheng'], ['润', 'run'], ['博', 'bo'], ['精', 'jing'], ['远', 'yuan'], ['天', 'tian'], ['海', 'hai'],
  ['众', 'zhong'], ['龙', 'long'], ['安', 'an'], ['明', 'ming'], ['东', 'dong'], ['立', 'li'], ['汇', 'hui'],
  ['祥', 'xiang'], ['耀', 'yao'], ['新', 'xin'], ['百', 'bai'],
]
export const TRADE_SECOND: readonly (readonly [hanzi: string, pinyin: string])[] = [
  ['锐', 'rui'], ['达', 'da'], ['信', 'xin'], ['源', 'yuan'], ['通', 'tong'], ['力', 'li'], ['威', 'wei'],
  ['腾', 'teng'], ['捷', 'jie'], ['丰', 'feng'], ['川', 'chuan'], ['诚', 'cheng'], ['尔', 'er'], ['辰', 'chen'],
  ['创', 'chuang'], ['益', 'yi'], ['晟', 'sheng'], ['邦', 'bang'], ['泽', 'ze'], ['图', 'tu'], ['航', 'hang'],
  ['扬', 'yang'], ['佳', 'jia'], ['和', 'he'], ['林', 'lin'], ['科', 'ke'],
]

export interface City {
  name: string
  province: string
  /** District code for registrations, six digits. */
  code: string
  dialling: string
  districts: readonly string[]
}

const city = (name: string, province: string, codes: string, districts: string): City => {
  const [code = '', dialling = ''] = codes.split(' ')
  return { name, province, code, dialling, districts: districts.split(' ') }
}

export const CITIES: readonly City[] = [
  city('苏州', 'jiangsu', '320500 0512', '工业园区 吴中区 相城区 昆山市'),
  city('无锡', 'jiangsu', '320200 0510', '新吴区 锡山区 惠山区 江阴市'),
  city('常州', 'jiangsu', '320400 0519', '武进区 新北区 金坛区'),
  city('南京', 'jiangsu', '320100 025', '江宁区 浦口区 六合区'),
  city('南通', 'jiangsu', '320600 0513', '崇川区 海门区 通州区'),
  city('上海', 'shanghai', '310000 021', '松江区 嘉定区 浦东新区 闵行区 青浦区'),
  city('杭州', 'zhejiang', '330100 0571', '萧山区 余杭区 钱塘区 滨江区'),
  city('宁波', 'zhejiang', '330200 0574', '北仑区 鄞州区 慈溪市 余姚市'),
  city('嘉兴', 'zhejiang', '330400 0573', '秀洲区 平湖市 海宁市'),
  city('台州', 'zhejiang', '331000 0576', '黄岩区 路桥区 温岭市'),
  city('合肥', 'anhui', '340100 0551', '经济技术开发区 高新区 肥西县'),
  city('芜湖', 'anhui', '340200 0553', '鸠江区 弋江区 经济技术开发区'),
  city('济南', 'shandong', '370100 0531', '历城区 章丘区 高新区'),
  city('青岛', 'shandong', '370200 0532', '黄岛区 即墨区 城阳区'),
  city('烟台', 'shandong', '370600 0535', '福山区 开发区 莱山区'),
  city('武汉', 'hubei', '420100 027', '东湖高新区 江夏区 蔡甸区'),
  city('长沙', 'hunan', '430100 0731', '岳麓区 长沙县 望城区'),
  city('株洲', 'hunan', '430200 0731', '天元区 石峰区'),
  city('广州', 'guangdong', '440100 020', '黄埔区 番禺区 南沙区 增城区'),
  city('深圳', 'guangdong', '440300 0755', '宝安区 龙岗区 光明区 坪山区'),
  city('东莞', 'guangdong', '441900 0769', '松山湖 长安镇 塘厦镇 厚街镇'),
  city('佛山', 'guangdong', '440600 0757', '顺德区 南海区 三水区'),
  city('惠州', 'guangdong', '441300 0752', '仲恺高新区 惠阳区 大亚湾'),
  city('中山', 'guangdong', '442000 0760', '火炬开发区 小榄镇'),
  city('厦门', 'fujian', '350200 0592', '集美区 海沧区 同安区'),
  city('成都', 'sichuan', '510100 028', '郫都区 龙泉驿区 双流区'),
  city('重庆', 'chongqing', '500000 023', '渝北区 北碚区 璧山区'),
  city('西安', 'shaanxi', '610100 029', '高新区 经开区 长安区'),
  city('郑州', 'henan', '410100 0371', '经开区 中牟县 荥阳市'),
  city('天津', 'tianjin', '120000 022', '滨海新区 西青区 北辰区'),
  city('沈阳', 'liaoning', '210100 024', '铁西区 浑南区 于洪区'),
  city('石家庄', 'hebei', '130100 0311', '鹿泉区 栾城区 高新区'),
]

export const STREETS = [
  '科技路', '创新大道', '兴业路', '工业南路', '金桥路', '腾飞路', '星光大道', '长江路', '华山路', '振兴路', '创业路', '东环路',
  '新城大道', '云杉路', '银河路', '机场路', '港城路', '学府路',
] as const

/** What companies of an industry call their business, by the codes of the industry picklist. */
export const BUSINESS_WORDS: Readonly<Record<string, readonly string[]>> = {
  machinery: ['精密机械', '数控装备', '智能装备', '重工机械', '自动化设备'],
  automotive: ['汽车零部件', '汽车电子', '汽车系统', '车身部件'],
  electronics: ['电子科技', '半导体', '光电科技', '微电子', '电路科技'],
  new_energy: ['新能源', '储能科技', '锂电材料', '光伏科技'],
  chemicals: ['新材料', '精细化工', '高分子材料'],
  pharma: ['制药', '生物医药', '医疗器械'],
  food: ['食品', '乳业', '饮品', '粮油食品'],
  metals: ['特钢', '铝业', '铜业', '金属制品'],
  textile: ['纺织', '针织', '印染'],
  packaging: ['包装材料', '印刷包装', '纸业'],
  logistics: ['智能物流', '供应链管理', '冷链物流'],
  building_materials: ['建材', '门窗系统', '陶瓷'],
  utilities: ['水务', '环境科技', '热力'],
  research: ['工业技术研究院', '自动化研究所'],
  other: ['科技', '实业', '工贸'],
}

/** How common each industry is among the accounts. */
export const INDUSTRY_WEIGHTS: Readonly<Record<string, number>> = {
  machinery: 17, automotive: 14, electronics: 14, new_energy: 12, chemicals: 7, pharma: 6, food: 7, metals: 5,
  textile: 3, packaging: 5, logistics: 4, building_materials: 3, utilities: 3, research: 2, other: 2,
}
