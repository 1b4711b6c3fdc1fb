import ArgumentParser

/// One or more values, separated by commas.
struct CommaList: ExpressibleByArgument {
    let values: [String]

    init?(argument: String) {
        values = argument.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        guard !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}
