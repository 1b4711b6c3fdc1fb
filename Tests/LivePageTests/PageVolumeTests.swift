import AlertFixtures
import Foundation
import PMJSON
import TestSupport
import Testing

/// Ten thousand trades on the page.
@Suite(.serialized, .enabled(if: Browser.path != nil, "chromium is not installed"))
struct PageVolumeTests {
    private let directory = try! TemporaryDirectory()

    /// The number of elements does not grow with the number of trades. Prints the times of frames and of a filter's
    /// key presses, which depend on the machine.
    @Test func tenThousandTradesDoNotGrowTheDocument() throws {
        let page = try WatchedPage(in: directory)
        let browser = page.browser
        try browser.evaluate(
            """
            window.frames_ = []; window.tasks_ = [];
            new PerformanceObserver((list) => list.getEntries().forEach((e) => tasks_.push(e.duration)))
              .observe({ entryTypes: ['longtask'] });
            let last = performance.now();
            (function frame(now) { frames_.push(now - last); last = now; requestAnimationFrame(frame); })(last);
            0
            """)
        let trades = TradeLine.many(10_000).map(\.enriched)
        let before = try browser.cpuTimes()
        for thousand in 0..<10 {
            try page.stage.process.write(trades[thousand * 1000..<(thousand + 1) * 1000].map(\.line).joined())
        }
        #expect(
            try browser.waits(
                for: "window.pmLive.trades === 10000 && window.pmLive.queued === 0", within: .seconds(60)))
        let after = try browser.cpuTimes()
        print("burst of 10,000 trades:", try browser.evaluate(Self.figures).string ?? "")
        print(
            """
            CPU time in the burst, s: scripts \(after.script - before.script), styles and layout \
            \(after.layout - before.layout), main thread \(after.all - before.all)
            """)
        #expect(try browser.evaluate("document.querySelectorAll('.row').length").integer ?? 0 < 60)
        #expect(try browser.evaluate("document.querySelectorAll('*').length").integer ?? 0 < 3000)

        try browser.screenshot("ten-thousand-trades")

        let filtering = try browser.evaluate(
            """
            (async () => {
              const field = document.querySelector('#filters [name=market]'), took = [];
              for (const text of ['b', 'bi', 'bit', 'bitc', 'bit', '']) {
                field.value = text;
                const began = performance.now();
                field.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                took.push(Math.round(performance.now() - began));
              }
              return JSON.stringify(took);
            })()
            """)
        print("from a key press in the filter to the second frame after it, ms:", filtering.string ?? "")

        try browser.evaluate(
            """
            new Promise((done) => {
              const list = document.getElementById('tape');
              let frame = 0;
              (function scroll() {
                list.scrollTop += frame < 60 ? 120 : 3000;
                if (++frame < 120) requestAnimationFrame(scroll); else done();
              })();
            })
            """)
        print("scrolling through them:", try browser.evaluate(Self.figures).string ?? "")
        #expect(try browser.evaluate("document.querySelectorAll('.row').length").integer ?? 0 < 80)
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }

    /// The times of frames since the last call, in ms: median, 95th and 99th percentile; and tasks longer than 50 ms.
    private static let figures = """
        (() => {
          const all = frames_.splice(0).sort((a, b) => a - b);
          const at = (quantile) => Math.round(all[Math.floor(all.length * quantile)] * 10) / 10;
          const long = tasks_.splice(0);
          return `${all.length} frames, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms; `
            + `${long.length} long tasks, the longest ${Math.round(Math.max(0, ...long))} ms`;
        })()
        """
}
