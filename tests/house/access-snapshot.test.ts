import { join } from 'node:path'

import { expect, it } from 'vitest'

import { takeAccessSnapshot } from '../../server/src/catalog/take-access-snapshot.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { ROOT_DIR } from '../support/index.ts'

it('commits who may do what: npm run crm -- access-snapshot metadata/crm --write', async () => {
  const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
  const { difference } = await takeAccessSnapshot(join(ROOT_DIR, 'metadata/crm'), fieldTypes)
  expect(difference).toEqual([])
})
