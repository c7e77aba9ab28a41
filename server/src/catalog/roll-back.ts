import { type Locale, localize } from '@trellis/metamodel'

import { message, RequestError } from '../errors.ts'
import { loadHead } from './component-store.ts'
import { loadLayers } from './load-layers.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { publish, type Published, type PublishOrder } from './publish.ts'

/**
 * Goes back to an older release by publishing its metadata as a new one; data that came since stays.
 * @throws RequestError not_found · whatever publishing refuses
 */
export async function rollBack(
  target: PublishTarget,
  release: number,
  {
    locale,
    ...order
  }: Pick<PublishOrder, 'caller' | 'publisher' | 'by' | 'now'> & {
    locale: Locale
  },
): Promise<Published> {
  const old = await loadLayers(target.db, target.schema, release)
  const head = await loadHead(target.db, target.schema)
  if (release < 1 || release >= head.release) {
    throw new RequestError('not_found', {
      detail: message(`There is no older release ${release}`, `没有更早的版本 ${release}`),
    })
  }
  return publish(target, {
    ...order,
    label: localize(
      { 'en-US': `Roll back to release ${release}`, 'zh-CN': `回滚到版本 ${release}` },
      locale,
    ),
    next: () => old,
    isRestoring: true,
    rolledBackTo: release,
  })
}
