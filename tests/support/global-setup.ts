import type { TestProject } from 'vitest/node'

import { startClusterBroker } from './cluster-broker.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test file asks for its database. */
    clusterBroker: string
  }
}

/** Runs once before all tests, in the process that starts the others; what it returns, after. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await startClusterBroker()
  project.provide('clusterBroker', broker.url)
  return () => broker.stop()
}
