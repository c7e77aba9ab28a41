/** A product of our price list. Prices are whole hundreds, so that percentages of them are exact. */
export interface CatalogueEntry {
  code: string
  name: string
  category: 'controller' | 'hmi' | 'drive' | 'sensor' | 'network' | 'software' | 'service'
  unit: string
  spec: string
  price: number
  /** Share of the price that it costs us. */
  costShare: number
  isOffSale?: true
}

type Row = readonly [
  code: string,
  name: string,
  unit: string,
  spec: string,
  price: number,
  costShare: number,
]

function range(category: CatalogueEntry['category'], rows: readonly Row[]): CatalogueEntry[] {
  return rows.map(([code, name, unit, spec, price, costShare]) => ({
    code,
    name,
    category,
    unit,
    spec,
    price,
    costShare,
  }))
}

const hardware: readonly CatalogueEntry[] = [
  ...range('controller', [
    [
      'QC-1200',
      '紧凑型可编程控制器 QC1200',
      '台',
      '24 点 I/O，双网口，支持梯形图与 ST',
      3200,
      0.46,
    ],
    ['QC-1500', '中型可编程控制器 QC1500', '台', '1 ms 周期，最大 2048 点 I/O', 9800, 0.44],
    ['QC-3000R', '冗余控制器 QC3000R', '套', '双机热备，无扰切换，毫秒级同步', 68000, 0.41],
    ['QC-MC16', '运动控制器 MC16', '台', '16 轴同步，电子凸轮，EtherCAT 主站', 18600, 0.45],
    ['QC-IO32', '远程 I/O 站 IO32', '站', '32 点数字量，热插拔', 2600, 0.48],
    ['QC-SF100', '安全控制器 SF100', '台', '安全完整性等级 SIL3，急停与光幕接入', 12800, 0.43],
  ]),
  ...range('hmi', [
    ['QH-07', '7 英寸触摸屏 QH07', '台', '800×480，IP65 前面板', 1600, 0.52],
    ['QH-12', '12 英寸触摸屏 QH12', '台', '1280×800，电容多点触控', 4200, 0.5],
    ['QH-IPC21', '21 英寸工业平板电脑', '台', 'i5 处理器，16 GB 内存，无风扇', 13800, 0.58],
    ['QH-AND', '安灯呼叫终端', '套', '三色灯与语音播报，无线接入', 2900, 0.47],
  ]),
  ...range('drive', [
    ['QD-S075', '伺服驱动器 0.75 kW', '台', '23 位绝对值编码器', 2800, 0.5],
    ['QD-S200', '伺服驱动器 2 kW', '台', '23 位绝对值编码器，带动态制动', 4600, 0.5],
    ['QD-S1500', '伺服驱动器 15 kW', '台', '三相 380 V，共直流母线', 16800, 0.49],
    ['QD-M75', '伺服电机 0.75 kW', '台', '3000 转，IP67', 1900, 0.53],
    ['QD-V37', '变频器 37 kW', '台', '矢量控制，内置电抗器', 8600, 0.51],
    ['QD-V110', '变频器 110 kW', '台', '重载型，能量回馈可选', 26800, 0.5],
  ]),
  ...range('sensor', [
    ['QS-CAM5', '500 万像素智能相机', '台', '内置定位、测量与读码算法', 11800, 0.42],
    ['QS-CAM20', '2000 万像素视觉系统', '套', '含镜头、光源与控制器', 46800, 0.43],
    ['QS-3D', '三维线激光轮廓仪', '台', 'Z 向重复精度 1 μm', 58600, 0.44],
    ['QS-RFID', '工业读写器', '台', '超高频，读距 0–6 m', 3600, 0.46],
    ['QS-VIB', '无线振动温度传感器', '只', '三轴，电池续航 3 年', 1400, 0.4],
    ['QS-EM3', '智能电能表', '只', '0.5 级，谐波分析', 900, 0.48],
  ]),
  ...range('network', [
    ['QN-GW4', '边缘采集网关 GW4', '台', '支持 120 种协议，断点续传', 5800, 0.38],
    ['QN-SW16', '16 口工业交换机', '台', '环网自愈小于 20 ms', 4900, 0.47],
    ['QN-AP6', '工业无线接入点', '台', '漫游切换小于 50 ms', 3900, 0.49],
    ['QN-FW', '工业防火墙', '台', '工控协议深度解析，白名单', 28600, 0.4],
  ]),
]

const softwareAndServices: readonly CatalogueEntry[] = [
  ...range('software', [
    ['QW-SCADA', '监控组态软件（5000 点）', '套', '冗余服务器，历史库一年', 48000, 0.12],
    ['QW-MES-B', '制造执行系统基础版', '套', '工单、报工、追溯，50 个并发用户', 280000, 0.22],
    ['QW-MES-Q', '质量管理模块', '套', '检验计划、SPC 与不合格品处理', 96000, 0.2],
    ['QW-EMS', '能源管理平台', '套', '水电气汇总、峰谷分析、碳排放核算', 160000, 0.2],
    ['QW-IOT', '设备联网平台', '套', '500 台设备，OEE 与报警推送', 198000, 0.21],
    ['QW-PDM', '预测性维护模块', '套', '振动频谱与健康度模型', 128000, 0.24],
    ['QW-WMS', '仓储管理系统', '套', '库位、波次与条码', 150000, 0.22],
    ['QW-CL50', '客户端并发授权（50 个）', '包', '适用于全部软件产品', 36000, 0.05],
  ]),
  ...range('service', [
    ['QF-IMP', '现场实施服务', '人天', '工程师现场调试，含差旅', 2600, 0.62],
    ['QF-DEV', '定制开发服务', '人天', '接口与报表开发', 3000, 0.58],
    ['QF-TRN', '操作与维护培训', '场', '每场 2 天，不超过 20 人', 12000, 0.4],
    ['QF-SLA1', '年度维保（标准）', '年', '5×8 响应，次日到场', 38000, 0.35],
    ['QF-SLA2', '年度维保（白金）', '年', '7×24 响应，4 小时到场', 88000, 0.4],
  ]),
]

/** The forty products of the price list; the last one is not sold any more. */
export const PRODUCT_CATALOGUE: readonly CatalogueEntry[] = [
  ...hardware,
  ...softwareAndServices,
  {
    code: 'QC-800',
    name: '小型可编程控制器 QC800（停产）',
    category: 'controller',
    unit: '台',
    spec: '14 点 I/O，由 QC1200 替代',
    price: 1900,
    costShare: 0.5,
    isOffSale: true,
  },
]
