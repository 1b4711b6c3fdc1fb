import Synchronization

/// The pending host look-ups of a loop: they run on other threads, and their answers are handled on the
/// loop's.
final class Lookups {
    private let resolver: Resolver
    private let waker: Waker
    private let answers = Answers()
    private var pending: [UInt64: (Resolver.Addresses) -> Void] = [:]
    private var lastNumber: UInt64 = 0

    init(_ resolver: Resolver, _ waker: Waker) {
        self.resolver = resolver
        self.waker = waker
    }

    /// Starts a look-up; ``dispatchAnswers()`` calls `onAnswer`.
    func start(_ host: String, _ onAnswer: @escaping (Resolver.Addresses) -> Void) {
        lastNumber += 1
        let number = lastNumber
        pending[number] = onAnswer
        resolver.start(host) { [answers, waker] addresses in
            answers.list.withLock { $0.append((number, addresses)) }
            waker.wake()
        }
    }

    /// Passes the available answers to their handlers; call it after a wake.
    func dispatchAnswers() {
        let available = answers.list.withLock { list in
            defer { list = [] }
            return list
        }
        for (number, addresses) in available { pending.removeValue(forKey: number)?(addresses) }
    }

    /// The answers of the look-up threads, which may outlive the loop.
    private final class Answers: Sendable {
        let list = Mutex<[(number: UInt64, addresses: Resolver.Addresses)]>([])
    }
}
