import { Random } from './random.ts'
import {
  BUSINESS_WORDS,
  CITIES,
  type City,
  INDUSTRY_WEIGHTS,
  TRADE_FIRST,
  TRADE_SECOND,
} from './words/company-words.ts'

export interface Company {
  name: string
  /** The trade name, as people say it: 恒锐. */
  shortName: string
  /** The trade name in pinyin, for web addresses. */
  slug: string
  industry: string
  city: City
}

/** Makes up companies, each with a trade name of its own. The first `skip` names are left to others. */
export function nameCompanies(count: number, skip = 0): Company[] {
  const random = new Random('company names')
  const trades = TRADE_FIRST.flatMap((first) =>
    TRADE_SECOND.map((second) => [first, second] as const),
  )
  const own = new Random(`companies from ${skip}`)
  return random
    .shuffle(trades)
    .slice(skip, skip + count)
    .map(([[first, firstPinyin], [second, secondPinyin]]) =>
      nameCompany(own, { shortName: first + second, slug: firstPinyin + secondPinyin }),
    )
}

function nameCompany(random: Random, trade: Pick<Company, 'shortName' | 'slug'>): Company {
  const industry = random.weighted(INDUSTRY_WEIGHTS)
  const city = random.pick(CITIES)
  const business = random.pick(BUSINESS_WORDS[industry] ?? ['科技'])
  return {
    ...trade,
    industry,
    city,
    name: companyName(random, { trade: trade.shortName, city: city.name, business }),
  }
}

/** The name of a company of the same group in another city. */
export function nameSubsidiary(random: Random, parent: Company): Company {
  const city = random.pick(CITIES.filter((one) => one !== parent.city))
  const business = random.pick(BUSINESS_WORDS[parent.industry] ?? ['科技'])
  return { ...parent, city, name: `${parent.shortName}${business}（${city.name}）有限公司` }
}

function companyName(
  random: Random,
  words: { trade: string; city: string; business: string },
): string {
  const { trade, city, business } = words
  if (/[院所]$/.test(business)) return `${city}${trade}${business}有限公司`
  if (random.chance(0.18)) return `${trade}${business}（${city}）有限公司`
  const form = random.weighted({ 有限公司: 74, 股份有限公司: 19, 集团有限公司: 7 })
  return `${city}${trade}${business}${form}`
}
