// The service worker: shows notifications where a page alone may not, and opens their trade. It caches nothing.

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data, self.registration.scope).href;
  event.waitUntil((async () => {
    const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    if (page === undefined) return self.clients.openWindow(address);
    page.postMessage({ open: event.notification.data });
    return page.focus();
  })());
});
