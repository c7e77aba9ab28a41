import type { Release } from '../schema/release.ts'
import { BoundedCache } from './bounded-cache.ts'

/**
 * A room's own bounded cache of what it derived from a release; gone with the release.
 * @example const plans = releaseCache<Plan>('plans', 500); plans(release).get(key, () => makePlan())
 */
export function releaseCache<Value>(
  name: string,
  most: number,
): (release: Release) => BoundedCache<Value> {
  const symbol = Symbol(name)
  return (release) => {
    const known = release.derived.get(symbol) as BoundedCache<Value> | undefined
    if (known) return known
    const made = new BoundedCache<Value>(most)
    release.derived.set(symbol, made)
    return made
  }
}
