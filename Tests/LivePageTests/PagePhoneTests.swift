import AlertFixtures
import TestSupport
import Testing

/// The live page on a phone, upright and sideways.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PagePhoneTests {
    private let directory = try! TemporaryDirectory()
    private static let trades = TradeLine.many(60).map(\.enriched)

    private func phone(_ hash: String = "") throws -> WatchedPage {
        let page = try WatchedPage(hash, in: directory)
        try page.browser.resize(width: 390, height: 844, isPhone: true)
        return page
    }

    @Test func everyTargetIsLargeEnoughForAFinger() throws {
        let page = try phone()
        let browser = page.browser
        try page.publish(Self.trades)
        for (name, width, height) in [("upright", 390, 844), ("landscape", 844, 390)] {
            try browser.resize(width: width, height: height, isPhone: true)
            try page.settle()
            try browser.screenshot("phone-\(name)")
            // The header leaves the screen to the trades.
            #expect(try browser.evaluate("document.getElementById('bar').offsetHeight <= 56").bool == true)
            #expect(try browser.evaluate("document.documentElement.scrollWidth <= innerWidth").bool == true)
            for (view, action) in [
                ("list", "0"), ("filters", "document.getElementById('filters-open').click()"),
                ("hour", "document.querySelector('[data-show=hour]').click()"),
                ("trade", "document.querySelector('.row[data-enrichment=enriched]').click()"),
                ("wallet", "document.querySelector('[data-key=open-wallet]').click()"),
            ] {
                try browser.evaluate("document.querySelector('[data-show=tape]').click()")
                try browser.evaluate(action)
                try page.settle()
                try browser.screenshot("phone-\(name)-\(view)")
                #expect(try browser.evaluate(Self.smallTargets).string == "", "\(name) \(view)")
            }
            try browser.evaluate("document.getElementById('detail-close').click()")
            #expect(try browser.waits(for: "document.getElementById('detail').hidden"))
        }
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    /// The visible controls that are lower or narrower than 44 pixels. Source: WCAG 2.2, 2.5.5.
    private static let smallTargets = """
        [...document.querySelectorAll('button, select, input, summary, a[href]:not(.skip), .row[role=treeitem]')]
          .map((node) => node.matches('label input') || node.matches('label select') ? node.closest('label') : node)
          .filter((node) => node.checkVisibility() && node.getBoundingClientRect().width > 0)
          .filter((node) => { const box = node.getBoundingClientRect(); return box.height < 44 || box.width < 44; })
          .map((node) => `${node.tagName} ${node.id} ${node.className} ${node.textContent.slice(0, 20)} `
            + `${node.getBoundingClientRect().width}×${node.getBoundingClientRect().height}`).join('; ')
        """

    @Test func sideWinRateAndProfitAreWords() throws {
        let page = try phone()
        try page.publish(Self.trades)
        let text =
            try page.browser.evaluate("document.querySelector('.row[data-side=SELL]').innerText").string ?? ""
        for words in ["▼ Sell", "wins 71%", "profit +$81.3k"] { #expect(text.contains(words), "\(text)") }
        #expect(
            try page.browser.evaluate(
                """
                [...document.querySelectorAll('.row:not([hidden]) :is(.r-facts, .r-side, .r-price)')]
                  .filter((part) => part.scrollWidth > part.clientWidth + 1).length
                """
            ).integer == 0)
    }

    @Test func backClosesWhatWasOpenedLast() throws {
        let page = try phone()
        let browser = page.browser
        try page.publish(Self.trades)
        try browser.evaluate("document.querySelector('.row[data-enrichment=enriched]').click()")
        #expect(
            try browser.waits(
                for: "!document.getElementById('detail').hidden && location.hash.startsWith('#trade=')"))
        try browser.evaluate("document.querySelector('[data-key=open-market]').click()")
        #expect(
            try browser.waits(
                for: "location.hash.startsWith('#market_id=0x') && document.querySelector('#price-chart svg')"
            ))
        try browser.evaluate("history.back()")
        #expect(try browser.waits(for: "document.getElementById('detail-title').textContent === 'Trade'"))
        try browser.evaluate("history.back()")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden && location.hash === ''"))
        // The button closes all steps at once.
        try browser.evaluate("document.querySelector('.row[data-enrichment=enriched]').click()")
        try browser.evaluate("document.querySelector('[data-key=open-wallet]').click()")
        #expect(try browser.waits(for: "document.getElementById('detail-title').textContent === 'Wallet'"))
        try browser.evaluate("document.getElementById('detail-close').click()")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden && location.hash === ''"))
    }

    @Test func aTradeHasAnAddress() throws {
        let page = try phone()
        try page.publish(Self.trades)
        let id = Self.trades[7].id
        try page.browser.open("http://127.0.0.1:\(page.stage.livePort())/?again#trade=\(id)&side=SELL")
        #expect(
            try page.browser.waits(
                for:
                    "document.querySelector('#detail pre')?.textContent.includes('\(id)') && window.pmLive.trades === 60"
            ))
        #expect(try page.browser.evaluate("document.querySelector('[name=side]').value").string == "SELL")
        try page.browser.evaluate("document.getElementById('detail-close').click()")
        #expect(
            try page.browser.waits(
                for: "document.getElementById('detail').hidden && location.hash === '#side=SELL'"))
    }

    @Test func theTitleCountsTradesWhileTheTabIsHidden() throws {
        let page = try WatchedPage(in: directory)
        try page.publish([TradeLine.make()])
        try page.browser.evaluate(
            "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))"
        )
        try page.stage.process.write(
            ["2", "3"].map { id in TradeLine.make { ($0.id, $0.transaction) = (id, "0x" + id) }.line }
                .joined())
        #expect(try page.browser.waits(for: "document.title === '(2) Large trades on Polymarket'"))
        try page.browser.evaluate(
            "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        #expect(try page.browser.waits(for: "document.title === 'Large trades on Polymarket'"))
    }

    @Test func anAlertNotifiesWhileTheTabIsHidden() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try browser.allowNotifications(at: "http://127.0.0.1:\(page.stage.livePort())")
        try browser.evaluate("document.getElementById('help-open').click()")
        try browser.evaluate("document.getElementById('notify').click()")
        #expect(try browser.evaluate("navigator.serviceWorker.ready.then(() => true)").bool == true)
        #expect(try browser.evaluate("document.getElementById('notify').checked").bool == true)
        let shown = """
            (async () => (await (await navigator.serviceWorker.ready).getNotifications())
              .map(({ title, body, data }) => [title, body, data].join('|')).join())()
            """
        // A page that is looked at shows the alert itself.
        try page.publish([TradeLine.make { ($0.id, $0.transaction) = ("1", "0x1") }])
        #expect(try browser.waits(for: "document.querySelector('.row .alert:not([hidden])')"))
        #expect(try browser.evaluate(shown).string == "")
        try browser.evaluate(
            "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
        // Not more than one call in three seconds: the next alert may fall into them.
        var number = 1
        #expect(
            try eventually(every: .milliseconds(500)) {
                number += 1
                try page.stage.process.write(
                    TradeLine.make { ($0.id, $0.transaction) = ("\(number)", "0x\(number)") }.line)
                return try browser.evaluate(shown).string?.hasPrefix(
                    "Mega: Buy $18.9k|Yes at 63¢\nWill Malta win?|#trade=") == true
            })
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func thePageCanBeInstalled() throws {
        let page = try WatchedPage(in: directory)
        let found = try page.browser.evaluate(
            """
            (async () => {
              const manifest = await (await fetch(document.querySelector('link[rel=manifest]').href)).json();
              const sizes = await Promise.all(manifest.icons.map(async ({ src }) => {
                const image = new Image(); image.src = src; await image.decode(); return image.naturalWidth > 0;
              }));
              return [manifest.display, sizes.every(Boolean), sizes.length].join(' ');
            })()
            """)
        #expect(found.string == "standalone true 2")
        #expect(page.browser.complaints.isEmpty, "\(page.browser.complaints)")
    }
}
