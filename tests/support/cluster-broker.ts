import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type Pooler, startPooler } from './pooler.ts'
import { TEMPLATES, type TemplateName } from './templates.ts'
import { startTestCluster, type TestCluster } from './test-cluster.ts'

/** Hands databases of one cluster to the processes that the tests run in. */
export interface ClusterBroker {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts the broker. The cluster itself starts with the first database that is asked for, so that a
 * run of pure tests does not wait for it.
 */
export async function startClusterBroker(): Promise<ClusterBroker> {
  let cluster: Promise<TestCluster> | undefined
  let pooler: Promise<Pooler> | undefined
  const server = createServer((request, response) => {
    cluster ??= startTestCluster()
    const pooledUrl = async (url: string): Promise<string> =>
      (await (pooler ??= startPooler(url))).urlOf(url)
    answer({ cluster, pooledUrl }, request, response).catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.stack : String(error))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await (await pooler?.catch(() => undefined))?.stop()
      await (await cluster)?.stop()
    },
  }
}

interface Ground {
  readonly cluster: Promise<TestCluster>
  readonly pooledUrl: (url: string) => Promise<string>
}

async function answer(
  ground: Ground,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const cluster = await ground.cluster
  const { searchParams } = new URL(request.url ?? '/', 'http://broker')
  if (request.method === 'DELETE') {
    await cluster.drop(searchParams.get('url') ?? '')
    response.writeHead(204).end()
    return
  }
  if (request.method === 'GET') {
    response.end(await ground.pooledUrl(searchParams.get('url') ?? ''))
    return
  }
  response.end(await cluster.clone(templateNamed(searchParams.get('template') ?? '')))
}

function templateNamed(name: string): TemplateName {
  if (Object.hasOwn(TEMPLATES, name)) return name as TemplateName
  throw new Error(`There is no template "${name}"; there are ${Object.keys(TEMPLATES).join(', ')}`)
}
