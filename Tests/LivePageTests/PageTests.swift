import AlertFixtures
import PMJSON
import PMRecord
import TestSupport
import Testing

/// The live page in a real browser: trades, reconnection, untrusted text, layout and contrast.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageTests {
    private let directory = try! TemporaryDirectory()

    @Test func aTradeAppearsAtOnceAndIsUpdatedInPlace() throws {
        let page = try WatchedPage(in: directory)
        let (stage, browser) = (page.stage, page.browser)
        let pending = TradeLine.make {
            $0.enrichment = "pending"
            $0.revision = 0
        }
        try stage.process.write(pending.line)
        #expect(try browser.waits(for: "document.querySelector('.row[data-enrichment=pending]')"))
        try stage.process.write(pending.enriched.line)
        #expect(
            try browser.waits(
                for: "document.querySelector('.row[data-revision=\"1\"] .r-name')?.textContent === 'Theo'"))
        #expect(try browser.evaluate("window.pmLive.trades").integer == 1)
        #expect(try browser.waits(for: "document.querySelector('.row .alert:not([hidden])')"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    @Test func aReconnectedPageCatchesUpWithoutDuplicates() throws {
        let page = try WatchedPage(in: directory)
        let (stage, browser) = (page.stage, page.browser)
        let trades = TradeLine.many(90)
        for trade in trades.prefix(30) { try stage.process.write(trade.line) }
        #expect(try browser.waits(for: "window.pmLive.trades === 30"))
        try browser.evaluate("window.lastSocket.close()")
        for trade in trades.dropFirst(30) { try stage.process.write(trade.line) }
        #expect(
            try browser.waits(
                for: "window.pmLive.trades === 90 && document.body.dataset.connection === 'live'"))
        #expect(try browser.evaluate("window.pmLive.events === window.pmLive.lastN").bool == true)
    }

    @Test func namesAndTitlesAreNeverMarkup() throws {
        let page = try WatchedPage(in: directory)
        let (stage, browser) = (page.stage, page.browser)
        let trade = TradeLine.make {
            $0.title = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
            $0.extra = [(Key.name, #""<b onmouseover=window.hacked=1>x</b>""#)]
        }
        try stage.process.write(trade.line)
        #expect(
            try browser.waits(for: "document.querySelector('.row .r-market')?.textContent.startsWith('<img')")
        )
        #expect(try browser.evaluate("window.hacked === undefined").bool == true)
    }

    /// Characters in a name that change the text direction do not affect the text around it.
    @Test func bidirectionalControlsInANameAffectNothingElse() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        var trade = TradeLine.make().enriched
        trade.title = "Will \u{202E}it\u{2066} reverse?"
        trade.extra = trade.extra.map { key, json in
            (key, json.replacing(#""name":"Theo""#, with: "\"name\":\"\u{202E}oehT \u{05D0}\u{2067}\""))
        }
        try page.stage.process.write(trade.line)
        #expect(try browser.waits(for: "document.querySelector('.row .r-facts')?.textContent"))
        try browser.evaluate("document.querySelector('.row').click()")
        #expect(try browser.waits(for: "document.getElementById('detail').hidden === false"))
        // Every Latin word on the page is drawn from left to right.
        let reversed = try browser.evaluate(
            """
            (() => {
              const reversed = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walk.nextNode()) {
                const node = walk.currentNode;
                for (const word of node.data.matchAll(/[A-Za-z0-9$%.]{3,}/g)) {
                  const at = (offset) => {
                    const range = document.createRange();
                    range.setStart(node, offset); range.setEnd(node, offset + 1);
                    return range.getBoundingClientRect();
                  };
                  const first = at(word.index), last = at(word.index + word[0].length - 1);
                  if (first.width > 0 && last.width > 0 && first.top === last.top && first.left > last.left)
                    reversed.push(word[0]);
                }
              }
              return reversed.join(' ');
            })()
            """)
        #expect(reversed.string == "")
        #expect(
            try browser.evaluate(#"/[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent)"#).bool
                == false)
    }

    @Test func nothingIsCutOffOnADesktopOrAPhone() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        let trades = TradeLine.many(300)
        try page.publish(trades.enumerated().map { $0 % 7 == 0 ? $1 : $1.enriched })
        // The hour is rendered once a second.
        #expect(try browser.waits(for: "document.querySelector('#markets li:not(.p-none, [hidden])')"))
        for (name, width, height, isPhone) in [("desktop", 1440, 900, false), ("phone", 390, 844, true)] {
            for isDark in [false, true] {
                try browser.resize(width: width, height: height, isDark: isDark, isPhone: isPhone)
                try page.settle()
                let look = "\(name)-\(isDark ? "dark" : "light")"
                // Nothing overflows to the right, and no value, tier, price or time is cut off.
                #expect(
                    try browser.evaluate("document.documentElement.scrollWidth <= innerWidth").bool == true)
                #expect(
                    try browser.evaluate(
                        """
                        [...document.querySelectorAll('.row:not([hidden]) :is(.r-value, .r-tier, .r-price, .r-time)')]
                          .filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0).length
                        """
                    ).integer == 0, "\(look)")
                let list = try browser.screenshot(look)
                #expect(list.count > 30_000, "\(look) is blank")
                if isPhone {
                    try browser.evaluate("document.querySelector('[data-show=hour]').click()")
                    try page.settle()
                    #expect(try browser.screenshot("\(look)-hour").count > 20_000)
                    try browser.evaluate("document.querySelector('[data-show=tape]').click()")
                }
                try browser.evaluate("document.querySelectorAll('.row[data-enrichment=enriched]')[2].click()")
                try page.settle()
                #expect(try browser.screenshot("\(look)-detail").count > 20_000)
                #expect(
                    try browser.evaluate("document.documentElement.scrollWidth <= innerWidth").bool == true)
                try browser.evaluate("document.getElementById('detail-close').click()")
            }
        }
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    /// The contrast of text is at least 4.5 to 1 in both themes. Source: WCAG 2.2, 1.4.3.
    @Test func textHasEnoughContrast() throws {
        let page = try WatchedPage(in: directory)
        try page.publish(TradeLine.many(60).map(\.enriched))
        for isDark in [false, true] {
            try page.browser.resize(width: 1440, height: 900, isDark: isDark)
            try page.settle()
            #expect(
                try page.browser.evaluate(Self.lowContrastElements).string == "[]",
                "\(isDark ? "dark" : "light")")
        }
    }

    /// The elements with text of their own whose contrast is too low.
    static let lowContrastElements = """
        (() => {
          const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          const rgba = (colour) => {
            context.clearRect(0, 0, 1, 1);
            context.fillStyle = colour;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data];
          };
          const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
            const v = c[i] / 255;
            return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          }, 0);
          const background = (node) => {
            for (; node; node = node.parentElement) {
              const colour = rgba(getComputedStyle(node).backgroundColor);
              if (colour[3] > 250) return colour;
            }
            return [255, 255, 255, 255];
          };
          const low = new Set();
          for (const node of document.querySelectorAll('body *')) {
            if (node.checkVisibility && !node.checkVisibility({ checkOpacity: true })) continue;
            if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
            if (node.matches('option, svg *, .visually-hidden, title')) continue;
            const [a, b] = [luminance(rgba(getComputedStyle(node).color)), luminance(background(node))].sort((x, y) => y - x);
            if ((a + 0.05) / (b + 0.05) < 4.5) low.add(`${node.tagName}.${node.className} ${node.textContent.slice(0, 20)}`);
          }
          return JSON.stringify([...low]);
        })()
        """
}
