import { createRouter, createWebHistory } from 'vue-router'

/** One page per address. Whether somebody may be here at all is decided once, in App. */
export const router = createRouter({
  history: createWebHistory('/studio/'),
  scrollBehavior: (to, from) => (to.path === from.path ? false : { top: 0 }),
  routes: [
    { path: '/', name: 'objects', component: () => import('./explorer/ObjectManager.vue') },
    { path: '/objects/:object/:tab?', name: 'object', component: () => import('./explorer/ObjectPage.vue'), props: true },
    { path: '/layouts/:name', name: 'page_layout', component: () => import('./editors/LayoutEditor.vue'), props: true },
    { path: '/list-views/:name', name: 'list_view', component: () => import('./editors/ListViewEditor.vue'), props: true },
    { path: '/validation-rules/:name', name: 'validation_rule', component: () => import('./editors/RuleEditor.vue'), props: true },
    { path: '/approval-processes/:name', name: 'approval_process', component: () => import('./editors/ApprovalEditor.vue'), props: true },
    { path: '/permission-sets/:name', name: 'permission_set', component: () => import('./editors/PermissionSetEditor.vue'), props: true },
    { path: '/components/:kind', name: 'components', component: () => import('./explorer/ComponentsPage.vue'), props: true },
    { path: '/components/:kind/:name', name: 'component', component: () => import('./editors/ComponentEditor.vue'), props: true },
    { path: '/plan', name: 'plan', component: () => import('./publish/PlanPage.vue') },
    { path: '/releases', name: 'releases', component: () => import('./publish/ReleasesPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})
