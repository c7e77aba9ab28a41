import type { Random } from './random.ts'
import { type CatalogueEntry, PRODUCT_CATALOGUE } from './words/product-catalogue.ts'

/** One product of a deal. */
export interface Line {
  product: CatalogueEntry
  quantity: number
}

const LARGEST_QUANTITY: Readonly<Record<CatalogueEntry['category'], number>> = {
  controller: 24,
  hmi: 16,
  drive: 40,
  sensor: 30,
  network: 20,
  software: 1,
  service: 60,
}
const onSale = PRODUCT_CATALOGUE.filter(({ isOffSale }) => isOffSale !== true)

/** Chooses products for a deal of about this size. Different products, plausible quantities. */
export function chooseLines(random: Random, size: number): Line[] {
  const affordable = onSale.filter(({ price }) => price <= size * 0.7)
  const count = Math.min(random.integer(2, size > 400_000 ? 6 : 4), affordable.length)
  return random
    .shuffle(affordable)
    .slice(0, count)
    .map((product) => ({
      product,
      quantity: quantityFor(product, (size / count) * (0.6 + random.next() * 0.8)),
    }))
}

function quantityFor(product: CatalogueEntry, budget: number): number {
  const wanted = Math.max(1, Math.round(budget / product.price))
  const isYearly = product.unit === '年' || product.unit === '场'
  return Math.min(wanted, isYearly ? 3 : LARGEST_QUANTITY[product.category])
}

/** List price of all lines. A whole number of hundreds, as all prices are. */
export function listPrice(lines: readonly Line[]): number {
  return lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
}

/** What is left after a discount in whole percent; exact, because prices are whole hundreds. */
export function afterDiscount(price: number, discount: number): number {
  return (price / 100) * (100 - discount)
}
