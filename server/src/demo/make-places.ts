import type { DemoRecord, DemoValue } from './demo-data.ts'
import type { Company } from './name-company.ts'
import type { Random } from './random.ts'
import { CITY_PLACES, PROVINCE_NAMES } from './words/city-places.ts'

/** A place within some kilometres of the middle of a city. */
export function placeNear(random: Random, city: string): DemoValue {
  const [latitude, longitude] = CITY_PLACES[city] ?? [31.23, 121.474]
  const near = (degrees: number): number =>
    Number((degrees + random.integer(-60_000, 60_000) / 1_000_000).toFixed(6))
  return { latitude: near(latitude), longitude: near(longitude) }
}

/** Where an account is, and for those that have bought what an invoice needs. */
export function accountPlaces(
  random: Random,
  { city }: Company,
  { address, isCustomer }: { address: string; isCustomer: boolean },
): Omit<DemoRecord, '_key'> {
  const location = placeNear(random, city.name)
  const inCity = address.slice(city.name.length + 1)
  const district = city.districts.find((one) => inCity.startsWith(one)) ?? ''
  if (!isCustomer) return random.chance(0.3) ? { location } : {}
  return {
    location,
    billing_address: {
      country: '中国',
      province: PROVINCE_NAMES[city.province] ?? '',
      city: `${city.name}市`,
      district,
      street: inCity.slice(district.length),
      postal_code: `${city.code.slice(0, 4)}${random.integer(10, 99)}`,
    },
    // Issuer numbers that begin with 0 have been given to no bank.
    bank_account: `0${Array.from({ length: 18 }, () => random.integer(0, 9)).join('')}`,
    registry_data: {
      source: '企业信用信息公示系统',
      staff_insured: random.integer(20, 900),
      branches: random.integer(0, 6),
      abnormal: random.chance(0.03),
      scope: ['自动化设备', '技术服务', '进出口'].slice(0, random.integer(1, 3)),
    },
  }
}
