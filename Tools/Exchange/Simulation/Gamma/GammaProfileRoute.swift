import WebSockets

/// `GET /public-profile`.
struct GammaProfileRoute {
    let api: GammaAPI

    func answer(_ query: Query) throws(GammaError) -> Response {
        guard let address = query["address"] else { throw .invalid("address is required") }
        guard let wallet = api.world.population[address] else { throw .notFound("profile not found") }
        return Response(json: profile(of: wallet))
    }

    /// Each third wallet has the sparse form, in which several members are missing.
    private func profile(of wallet: Wallet) -> [UInt8] {
        let isSparse = wallet.number.isMultiple(of: 3)
        let tier = min(wallet.number % 7, 4)
        return json {
            $0.field("$schema", "https://gamma-api.polymarket.com/schemas/PublicProfileResponse.json")
            $0.field("createdAt", wallet.created.description)
            $0.field("proxyWallet", wallet.address)
            if !isSparse { $0.field("profileImage", "") }
            $0.field("displayUsernamePublic", !wallet.name.isEmpty)
            if !isSparse { $0.field("bio", "") }
            $0.field("pseudonym", wallet.pseudonym)
            $0.field("name", wallet.name)
            $0.key("users")
            $0.array {
                $0.object {
                    $0.field("id", String(70_000 + wallet.number))
                    $0.field("creator", false)
                    $0.field("mod", false)
                    $0.field("communityMod", wallet.number.isMultiple(of: 50))
                }
            }
            if !isSparse { $0.field("xUsername", "") }
            $0.field("verifiedBadge", wallet.archetype == .smart)
            $0.field("takerTier", tier)
            $0.field("takerTierName", ["Tier 0", "Bronze", "Silver", "Gold", "Platinum"][tier])
            $0.field("weightedVolume", digits: tier == 0 ? "0" : "\(tier * 44_537).462449")
        }
    }
}
