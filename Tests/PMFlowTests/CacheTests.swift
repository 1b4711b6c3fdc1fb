import PMFlow
import Testing

struct CacheTests {
    let start = ContinuousClock.now

    @Test func evictsTheLeastRecentlyUsedEntry() {
        var cache = Cache<String, Int>(capacity: 2)
        cache.set(1, for: "a", until: start + .seconds(9))
        cache.set(2, for: "b", until: start + .seconds(9))
        #expect(cache.value(for: "a", at: start) == 1)
        cache.set(3, for: "c", until: start + .seconds(9))
        #expect(cache.value(for: "b", at: start) == nil)
        #expect(cache.value(for: "a", at: start) == 1)
        #expect(cache.value(for: "c", at: start) == 3)
        #expect(cache.hits == 3 && cache.misses == 1)
    }

    @Test func anExpiredValueIsReturnedOnlyAsAStaleValue() {
        var cache = Cache<String, Int>(capacity: 1)
        cache.set(1, for: "a", until: start + .seconds(1))
        #expect(cache.value(for: "a", at: start + .milliseconds(999)) == 1)
        #expect(cache.value(for: "a", at: start + .seconds(1)) == nil)
        #expect(cache.staleValue(for: "a") == 1)
        cache.set(2, for: "a", until: start + .seconds(2))
        #expect(cache.value(for: "a", at: start + .seconds(1)) == 2)
    }

    @Test func overwritingNeverEvicts() {
        var cache = Cache<Int, Int>(capacity: 3)
        for key in 0..<3 { cache.set(key, for: key, until: start + .seconds(9)) }
        for turn in 0..<100 { cache.set(turn, for: turn % 3, until: start + .seconds(9)) }
        #expect((0..<3).allSatisfy { cache.value(for: $0, at: start) != nil })
    }

    /// The model is a list, most recently used last.
    @Test(arguments: 1...30)
    func agreesWithAModel(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let capacity = Int.random(in: 1...8, using: &random)
        var cache = Cache<Int, Int>(capacity: capacity)
        var model: [(key: Int, value: Int, expiry: ContinuousClock.Instant)] = []
        var (now, hits, misses) = (start, 0, 0)
        for step in 0..<2000 {
            now = now + .milliseconds(Int.random(in: 0...20, using: &random))
            let key = Int.random(in: 0..<12, using: &random)
            let index = model.firstIndex { $0.key == key }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let expiry = now + .milliseconds(Int.random(in: 0...200, using: &random))
                cache.set(step, for: key, until: expiry)
                if let index {
                    model.remove(at: index)
                } else if model.count == capacity {
                    model.removeFirst()
                }
                model.append((key, step, expiry))
            case 5:
                cache.removeValue(for: key)
                if let index { model.remove(at: index) }
            case 6:
                #expect(
                    cache.staleValue(for: key) == index.map { model[$0].value }, "seed \(seed), step \(step)")
            default:
                let expected = index.flatMap { model[$0].expiry > now ? model.remove(at: $0) : nil }
                if let expected { model.append(expected) }
                (hits, misses) = expected == nil ? (hits, misses + 1) : (hits + 1, misses)
                #expect(cache.value(for: key, at: now) == expected?.value, "seed \(seed), step \(step)")
            }
            #expect(cache.count == model.count && cache.hits == hits && cache.misses == misses)
        }
    }

    @Test func evictsByWeight() {
        let now = ContinuousClock.now
        var cache = Cache<Int, Int>(capacity: 10, maxWeight: 100)
        for key in 1...3 { cache.set(key, for: key, until: now + .seconds(1), weight: 40) }
        #expect(cache.staleValue(for: 1) == nil && cache.count == 2 && cache.weight == 80)
        cache.set(3, for: 3, until: now + .seconds(1), weight: 70)
        #expect(cache.count == 1 && cache.weight == 70)
        cache.set(4, for: 4, until: now + .seconds(1), weight: 1000)  // The newest entry always stays.
        #expect(cache.count == 1 && cache.staleValue(for: 4) == 4)
    }
}
