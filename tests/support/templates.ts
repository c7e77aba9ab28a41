import { join } from 'node:path'

import { type Database, migrate } from '@trellis/server/db'

import { installPackages, readPackages } from '../../server/src/catalog/index.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { ROOT_DIR } from './test-config.ts'

/** What a test database can be cloned from. */
export type TemplateName = 'empty' | 'migrated' | 'installed'

/** How a template is made. */
export interface Template {
  /** The template it is itself cloned from. */
  readonly from?: TemplateName
  readonly fill: (database: Database) => Promise<void>
}

/** The templates; each is made once per run, when the first test asks for it. */
export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  empty: { fill: async () => undefined },
  migrated: {
    from: 'empty',
    fill: async (database) => {
      await migrate(database, { folder: join(ROOT_DIR, 'migrations') })
    },
  },
  installed: {
    from: 'migrated',
    fill: async (database) => {
      const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
      const packages = await readPackages(
        ['platform', 'crm'].map((app) => ({ app, folder: join(ROOT_DIR, 'metadata', app) })),
      )
      const target = { db: database, schema: 'main', fieldTypes }
      await installPackages(target, packages, { by: null, now: new Date(), label: 'Trellis' })
    },
  },
}
