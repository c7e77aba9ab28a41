import type { DemoFile, DemoRecord } from './demo-data.ts'
import { drawProduct } from './draw-product.ts'
import { type CatalogueEntry, PRODUCT_CATALOGUE } from './words/product-catalogue.ts'

export function makeProducts(): DemoRecord[] {
  return PRODUCT_CATALOGUE.map(productRecord)
}

function productRecord(entry: CatalogueEntry): DemoRecord {
  const cost = Math.round(entry.price * entry.costShare)
  return {
    _key: productKey(entry),
    name: entry.name,
    code: entry.code,
    category: entry.category,
    unit: entry.unit,
    spec: entry.spec,
    standard_price: entry.price,
    floor_price: Math.round((entry.price + cost) / 2),
    cost,
    tax_rate: taxRate(entry),
    status: entry.isOffSale === true ? 'off_sale' : 'on_sale',
    is_service: entry.category === 'service',
    ...(PICTURED.has(entry.category) ? { picture: pictureOf(entry) } : {}),
  }
}

/** What can be photographed. */
const PICTURED: ReadonlySet<string> = new Set(['controller', 'hmi', 'drive'])

function pictureOf(entry: CatalogueEntry): DemoFile {
  return { _file: { name: `${entry.code}.png`, bytes: drawProduct(entry) } }
}

/** Goods and packaged software are taxed at 13 %, services at 6 %. */
function taxRate({ category }: CatalogueEntry): string {
  return category === 'service' ? '6' : '13'
}

export function productKey({ code }: Pick<CatalogueEntry, 'code'>): string {
  return `product.${code}`
}
