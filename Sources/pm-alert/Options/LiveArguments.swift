import ArgumentParser
import LivePage

/// The value of `--live`.
struct LiveAddressArgument: ExpressibleByArgument {
    let address: ListenAddress

    init?(argument: String) {
        guard let address = ListenAddress(argument) else { return nil }
        self.address = address
    }
}

/// The value of `--live-origin`.
struct LiveOriginArgument: ExpressibleByArgument {
    let origin: PublicOrigin

    init?(argument: String) {
        guard let origin = PublicOrigin(argument) else { return nil }
        self.origin = origin
    }
}

/// The value of `--stages`: names of stages, separated by commas.
struct StagesArgument: ExpressibleByArgument, CustomStringConvertible {
    static let all = StagesArgument(names: StageName.allCases)

    let names: [StageName]

    private init(names: [StageName]) {
        self.names = names
    }

    init?(argument: String) {
        guard let texts = CommaList(argument: argument)?.values else { return nil }
        names = texts.compactMap(StageName.init)
        guard names.count == texts.count else { return nil }
    }

    var description: String { names.map(\.rawValue).joined(separator: ",") }
    var defaultValueDescription: String { description }
}
