import Curl

/// Transport under way, each for one address: requests, mails and programs. Lives on one thread.
final class Transport {
    /// How one ended, as far as can be told without knowing the channel.
    enum End {
        case answer(HTTPResponse)
        case mail(MailReply)
        case failure(HTTPFailure)
        /// - Parameter failure: Why it is to be run again; `nil` where it has taken its input.
        case program(failure: String?)

        /// Whether it may have been done although nobody says so: the connection broke, or the answer did not come in time.
        var isInDoubt: Bool {
            switch self {
            case .failure(let failure): [.timedOut, .interrupted, .malformed].contains(failure.kind)
            case .answer, .mail, .program: false
            }
        }
    }

    let client: HTTPClient
    private let programs = CommandRunner()
    private var requests: [RequestID: ChannelAddress] = [:]
    private var runs: [CommandRunner.RunID: ChannelAddress] = [:]

    init(_ settings: ChannelSettings) {
        var options = HTTPClient.Options()
        // One that hangs keeps its connection, and must leave enough for all others.
        options.mostConnections = 1024
        options.mostConnectionsPerHost = 256
        options.certificateFile = settings.certificates
        client = HTTPClient(options)
    }

    /// When ``finished()`` is to be asked at latest, besides when there is an answer.
    var deadline: ContinuousClock.Instant? { programs.deadline }

    /// What to wait for besides the client's own.
    var interests: [DescriptorInterest] { programs.interests }

    /// Programs that may be started besides.
    var room: Int { CommandRunner.most - runs.count }

    func start(_ errand: OutgoingMessage, for address: ChannelAddress) throws(ChannelError) {
        switch errand {
        case .request(let request): requests[client.start(request)] = address
        case .mail(let mail): requests[client.start(mail)] = address
        case .program(let program): runs[try programs.start(program, at: .now)] = address
        }
    }

    /// Those that have ended. Never waits.
    func finished() -> [(address: ChannelAddress, end: End)] {
        let answers = client.finished().compactMap { completion in
            requests.removeValue(forKey: completion.id).map { address -> (ChannelAddress, End) in
                switch completion.result {
                case .success(let response): (address, .answer(response))
                case .failure(let failure):
                    // The receiver has spoken, however long it goes on, or whatever cuts it off.
                    (address, failure.head.map { .answer($0) } ?? .failure(failure))
                }
            }
        }
        let mails = client.finishedMail().compactMap { completion in
            requests.removeValue(forKey: completion.id).map { address -> (ChannelAddress, End) in
                switch completion.result {
                case .success(let reply): (address, .mail(reply))
                case .failure(let failure): (address, .failure(failure))
                }
            }
        }
        let ends = programs.finished(at: .now).compactMap { run, failure in
            runs.removeValue(forKey: run).map { ($0, End.program(failure: failure)) }
        }
        return answers + mails + ends
    }

    /// Drops all that is under way.
    func abandon() {
        for id in requests.keys { client.cancel(id) }
        programs.killAll()
        (requests, runs) = ([:], [:])
    }
}
