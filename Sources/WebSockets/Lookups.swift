import Synchronization

/// The hosts that a loop waits to hear of: asked on other threads, answered on the loop's.
final class Lookups {
    private let resolver: Resolver
    private let waker: Waker
    private let answers = Answers()
    private var waiting: [UInt64: (Resolver.Addresses) -> Void] = [:]
    private var lastNumber: UInt64 = 0

    init(_ resolver: Resolver, _ waker: Waker) {
        self.resolver = resolver
        self.waker = waker
    }

    /// Looks a host up; `onAnswer` is called by ``handOver()``.
    func start(_ host: String, _ onAnswer: @escaping (Resolver.Addresses) -> Void) {
        lastNumber += 1
        let number = lastNumber
        waiting[number] = onAnswer
        resolver.start(host) { [answers, waker] addresses in
            answers.list.withLock { $0.append((number, addresses)) }
            waker.wake()
        }
    }

    /// Hands over the answers that have come; call when the loop was woken.
    func handOver() {
        let come = answers.list.withLock { list in
            defer { list = [] }
            return list
        }
        for (number, addresses) in come { waiting.removeValue(forKey: number)?(addresses) }
    }

    /// What the threads have found; they may outlive the loop.
    private final class Answers: Sendable {
        let list = Mutex<[(number: UInt64, addresses: Resolver.Addresses)]>([])
    }
}
