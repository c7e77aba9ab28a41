import { AGGREGATE_FUNCTIONS, BUCKETS, type ObjectModel } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply } from 'fastify'
