import { isJsonObject } from '@trellis/metamodel'

/**
 * A place as maps write it, latitude first.
 * @example formatGeolocation({ latitude: 31.239692, longitude: 121.499755 }) // '31.239692, 121.499755'
 */
export function formatGeolocation(value: unknown): string {
  if (!isJsonObject(value)) return String(value ?? '')
  return `${String(value['latitude'])}, ${String(value['longitude'])}`
}
