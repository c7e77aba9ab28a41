import { LOCALES, SYSTEM_PERMISSIONS } from '@trellis/metamodel'
import Type, { type TProperties, type TSchema } from 'typebox'

/** Schemas of answers, for the API documentation; what goes out is typed by the contract. */

const Id = Type.String({ format: 'uuid' })
const Moment = Type.String({ format: 'date-time' })

function nullable(schema: TSchema): TSchema {
  return Type.Union([schema, Type.Null()])
}

function answer(properties: TProperties, description: string): TSchema {
  return Type.Object(properties, { additionalProperties: false, description })
}

const words = (values: readonly string[]): TSchema =>
  Type.Unsafe<string>({ type: 'string', enum: [...values] })

/** `GET /me` */
export const MeSchema = answer(
  {
    user: Type.Object({
      id: Id,
      name: Type.String(),
      email: Type.String(),
      role: nullable(Type.String()),
      department: nullable(Type.Object({ id: Id, name: nullable(Type.String()) })),
    }),
    tenant: Type.String(),
    locale: words(LOCALES),
    time_zone: Type.String(),
    currency: Type.String(),
    permissions: Type.Object({
      sets: Type.Array(Type.String()),
      system: Type.Array(words(SYSTEM_PERMISSIONS)),
      custom: Type.Array(Type.String()),
    }),
    csrf_token: nullable(Type.String({ description: 'For X-CSRF-Token; null with an API key' })),
    release: Type.Integer(),
  },
  'Who is signed in',
)

/** `POST /api-keys` */
export const NewApiKeySchema = answer(
  { id: Id, key: Type.String({ description: 'Shown only here' }) },
  'The new key',
)

/** `GET /api-keys` */
export const ApiKeysSchema = answer(
  {
    keys: Type.Array(
      Type.Object({
        id: Id,
        label: Type.String(),
        prefix: Type.String({ description: 'The first characters of the key' }),
        permission_set: nullable(Type.String()),
        expires_at: nullable(Moment),
        created_at: Moment,
        last_used_at: nullable(Moment),
      }),
    ),
  },
  'The keys of the caller, newest first',
)

/** `POST /users/{id}/sign-in` */
export const SignInSchema = answer(
  {
    email: Type.String({ description: 'The address to sign in with' }),
    one_time_password: Type.Optional(Type.String({ description: 'Shown only here' })),
  },
  'What the user signs in with',
)
