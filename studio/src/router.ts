import { isKind, KINDS } from '@trellis/metamodel'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'

/** Parts of objects are named `<object>.<own name>`; in addresses the two stand apart. */
const partProps = ({ params }: RouteLocationNormalized): { name: string } => ({
  name: `${String(params['object'])}.${String(params['own'])}`,
})

/** There is a list of a kind that belongs to no object, and an editor for each of them; nothing else. */
function requireKind({ params }: RouteLocationNormalized): true | string {
  const kind = String(params['kind'])
  return (isKind(kind) && !KINDS[kind].isOfObject) || '/'
}

/** One page per address. Whether somebody may be here at all is decided once, in App. */
export const router = createRouter({
  history: createWebHistory('/studio/'),
  routes: [
    { path: '/', name: 'objects', component: () => import('./explorer/ObjectManager.vue') },
    {
      path: '/objects/:object/layouts/:own',
      name: 'page_layout',
      component: () => import('./editors/LayoutEditor.vue'),
      props: partProps,
    },
    {
      path: '/objects/:object/types/:own',
      name: 'record_type',
      component: () => import('./editors/RecordTypeEditor.vue'),
      props: partProps,
    },
    {
      path: '/objects/:object/views/:own',
      name: 'list_view',
      component: () => import('./editors/ListViewEditor.vue'),
      props: partProps,
    },
    {
      path: '/objects/:object/rules/:own',
      name: 'validation_rule',
      component: () => import('./editors/RuleEditor.vue'),
      props: partProps,
    },
    {
      path: '/objects/:object/duplicates/:own',
      name: 'duplicate_rule',
      component: () => import('./editors/ComponentEditor.vue'),
      props: (route) => ({ kind: 'duplicate_rule', ...partProps(route) }),
    },
    {
      path: '/objects/:object/sharing/:own',
      name: 'sharing_rule',
      component: () => import('./editors/AccessRuleEditor.vue'),
      props: (route) => ({ kind: 'sharing_rule', ...partProps(route) }),
    },
    {
      path: '/objects/:object/restrictions/:own',
      name: 'restriction_rule',
      component: () => import('./editors/AccessRuleEditor.vue'),
      props: (route) => ({ kind: 'restriction_rule', ...partProps(route) }),
    },
    {
      path: '/objects/:object/:tab?/:part?',
      name: 'object',
      component: () => import('./explorer/ObjectPage.vue'),
      props: true,
    },
    {
      path: '/approval-processes/:name',
      name: 'approval_process',
      component: () => import('./editors/ApprovalEditor.vue'),
      props: true,
    },
    {
      path: '/permission-sets/:name',
      name: 'permission_set',
      component: () => import('./editors/PermissionSetEditor.vue'),
      props: true,
    },
    {
      path: '/components/role',
      name: 'roles',
      component: () => import('./explorer/RolesPage.vue'),
    },
    {
      path: '/departments',
      name: 'departments',
      component: () => import('./explorer/DepartmentsPage.vue'),
    },
    {
      path: '/currencies',
      name: 'currencies',
      component: () => import('./explorer/CurrenciesPage.vue'),
    },
    { path: '/users', name: 'users', component: () => import('./explorer/UsersPage.vue') },
    {
      path: '/users/:id',
      name: 'user',
      component: () => import('./explorer/UserPage.vue'),
      props: true,
    },
    { path: '/view-as', name: 'view_as', component: () => import('./explorer/ViewAsPage.vue') },
    {
      path: '/components/:kind',
      name: 'components',
      beforeEnter: requireKind,
      component: () => import('./explorer/ComponentsPage.vue'),
      props: true,
    },
    {
      path: '/components/:kind/:name',
      name: 'component',
      beforeEnter: requireKind,
      component: () => import('./editors/ComponentEditor.vue'),
      props: true,
    },
    { path: '/audit', name: 'audit', component: () => import('./audit/AuditPage.vue') },
    { path: '/plan', name: 'plan', component: () => import('./publish/PlanPage.vue') },
    { path: '/releases', name: 'releases', component: () => import('./publish/ReleasesPage.vue') },
    { path: '/packages', name: 'packages', component: () => import('./publish/PackagesPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
