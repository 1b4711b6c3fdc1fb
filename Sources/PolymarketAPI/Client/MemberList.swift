/// The members that a route documents for its rows. It stands beside the reader of the rows.
package struct MemberList: Sendable {
    let always: Set<String>
    let sometimes: Set<String>
    let allowsOthers: Bool

    /// - Parameters:
    ///   - always: Members that every row has.
    ///   - sometimes: Members that some rows lack.
    ///   - allowsOthers: Whether undocumented members are nothing to report, as of objects with a hundred
    ///     members.
    package init(always: [String], sometimes: [String] = [], allowsOthers: Bool = false) {
        self.always = Set(always)
        self.sometimes = Set(sometimes)
        self.allowsOthers = allowsOthers
    }
}
