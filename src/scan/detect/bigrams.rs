//! The frequency of letter pairs in ordinary text and source code. Two uses: to find the rarest
//! bytes of a literal, which the prefilter searches for, and to measure how unlike text a value is.
//! Counted over the sources of 438 crates. Also compiled into the build script, so it may use
//! nothing but `core`.

/// Letters (of either case), then digits, then everything else.
const CLASSES: usize = 28;

/// By the class before: how many quarter bits the class after it costs, as `'0' + cost`.
const PAIRS: &[u8; CLASSES * CLASSES] = b"\
    TEABWJFXE^L=B>aBa<>:HMKLGXL?\
    CQIS?TYY?Ka?S\\@SgFGJ=Wc`A`F5\
    ?UIR?EW>E_ACNT9NW?H>GPYSQeK;\
    APQD8LFU@Z[HRUBQ\\FEKGQVSIcI6\
    CJCAIIMYPaS@G>SIH;??TJJEN[N7\
    BUOI?ACa>h]BH?=VcBDJEcXePnG7\
    HRQY9XNF?i\\HMCFS]CBJEXY]RWP5\
    ;QYO6X\\Y=iWTJU?VdFKAD^VmQcO9\
    EJABEBEdTbQBA8?H]H?<]EdKkCMF\
    DWKZ6UMQ=WIVST;O\\M;P?VU]VZP?\
    GRMH6NSV=bZPUHMS\\NBILORXR^N6\
    @SRC9>T\\<kS?VR=PgTECDSQjE^S;\
    :FPK9WV\\@cYJGR@=ZTDF=W^bL_P;\
    CVC>=H>XEaLHTIAJaS=<GLLaLZT9\
    NLACQDL]JQED@8FBm;EBAIDO[cU=\
    <YQP=PWKCmS?W[@Ea>E@9PY^InP=\
    PQIOL[P^Sb_QXRQUYMNZ5[Ra_`M4\
    =THH9MEX?mMMHE?QbBBADMSVG\\Q9\
    HUHT9VNE@dMLOQDE[OB9DWV_G\\Q7\
    AXIL<P\\=?n\\MQY@Ig?FEEWTSDVP6\
    J:DLAGEgEjb@E>PEm>=<[beLhZ>F\
    9WKT5NTV=icLLQGWaSNRY_ZKa[B=\
    <XQO>SZ=:Y]NXAAU_<FNZYNZ^hQ9\
    AHEGADUNFf]MMTP>^VN=VVWQQ[87\
    LLPRGOUUKb\\GGAE<_O>@YSQeYVQ4\
    D[TI2SZSCc\\ONY?^]YH\\SOS]JIL?\
    NMONNNc\\\\k^dY]X[c[XXR`hAd^45\
    GJEJJHQOFZTJIKKGZJEEINMXYYF2\
";

/// The same without a class before.
const ALONE: &[u8; CLASSES] = b"CIFG@HKJC[OEHCDGVCCAFNNNMTD5";

/// Four letters that code is full of, in order: each stands more than 150 times in a million bytes
/// of the sources of cargo, rails, or the packages of Rust, Python or Node.
const COMMON: &[u8] = b"\
    abasabilableabotacceacesacheacinackaackeactiactoadapaddiaddraderadviafetaffeafteagesailsaineaintaiseajoraliaalicalidaliz\
    allealloallyalsealuealysalyzamesamplanalanceanchandlandsangeanguanicanifanniappeapplaptearamarchargeargoargsariaarifarni\
    arraarseartiascrasesasmtasseassoatabatchatedategatesatetathsaticatinatioativatoratriattaatteattraturatusaultauseauthauto\
    avasaviobackbasebashbbbbbeenbehabencbilibindbjecblisblobblocbodyboldbookboolbounbranbrigbuffbuilbundbuntbutebytecabccach\
    callcanncargcasecatecaticausccescensceptcertcesschancharchecchedchemcheschilciatciescificingciouckagckerckinckouclasclon\
    cludcodecollcolocolucommcompcondconfconnconscontcopycordcorecorrcoulcouncratcreacretcripcrypctedctioctivctorctuacuricurr\
    custcvsscyandabodaptdatadatedatidebudefadefideledencdenidentdepedeprdeqlderiderrdersdescdgendicadictdiffdingdiredispdist\
    ditidotndowsdropduledviseacheadeeadyeaseeateeatuebugecatechoecifeckoecksecodeconecorecreecteectiectoecurecutedicediteerr\
    efaueferefinefixeforegisegorehavelateleaelecelemelogelpeelseembeemenemoremplenamenceenchenciencyendaendeenedenerengtenia\
    enseentaentientrentsenvieouteparepeneposepreeptiequaequeequieraberaleraterecerenerflergeeriaericerieerinerivermiernaerro\
    ersiersoertierveerviescreseresolesouespaespoessaestaestsesulesupetchethoetimettietupetureveleveneverevieexamexceexecexer\
    exisexitexpeexpoexprexteeywofactfailfalsfaulfeatfectferefestfetcfetyffecfferffffffseficafiedfielfigufilefindfinefinifirm\
    firsflagflowforeformfounfreefromfsetfterfullfuncgctxgelogenegeriggerghsaghtlginggistgithglobgmengnorgorigratgresgrouguag\
    handhanghashhavehaviheadheckhellhelphemaherehichhildhinghitehosthoulhreahrefhrowhtlyhtmlhttpiaejialiiaseiatiibleibutical\
    icaticenicioidatidenieldientifacifesificifieiflaiggeightignoigraigurilenilesilitimarimeoimesimplimpoinclindeindgindoined\
    inesinfoingsinisinitinkeinliinpuinstintainteintoinutionaionsiousiptiiptsireciredironirstisheisinisorispaissiissuistritem\
    iteritesithuitiaitioitleitoriverivesizedjavajectjobsjoinjsonkagekenskeywkflokiaekindkingkoutkspalacelagslanglasslatelati\
    lbaclderleadleanleaslectlemelenalengletelexeliaslicalicelicilidalinelinglinklintlishlistlitelitylizellballecllerllocllow\
    lnerloadlobalocalocklonelonglowslperlterludelumnlysilyzemailmainmajomalimandmanimarymatcmatimatrmattmbermbolmemomentmeou\
    mergmessmestmetamethmigrminumissmmanmmenmmitmodemodimodumorympilmplamplempormtimnaffnalynamenatincesnchencienclunctindab\
    ndatndefndennderndexndgendinndlendownectneedneranfignforngelngesngthnguanialnifenighningnininitinkednlinnmainmennnecnner\
    nninnodenonenorenputnsafnsounstanstenstrntaintatntennterntiantrontrynullnumbnutenvirnwraobalobjeobuiocatocesociaodelodeq\
    odifoduloffsofilogreointojecokenokiooldeolleolorolumolveomatommaommeommiompaompionalonfionlyonmeonneonseonstontaonteontr\
    oolsopenoperopicoptioptsordeordsorieorkforksormaorreorruorteortsositossiostsotheotneouldoundountourcouteoutpoverovidpace\
    packpaniparapareparspartpasspatcpathpdatpecipectpendpenepeofperapermperspertpilepingplacplatpleaplemplicploapoinponsport\
    posiposspostppenpplipporprecpredprefpreppresprimprinprocprofprogprojpropprovpterptiopublpullpushputspythqgaqqualquerques\
    quirquotrabirablractrailraisrancrangransraryrateratiratorderreadreamreatrecarecorectredireferefiregirelareleremorencrend\
    rentrepareplreporeprrequreseresorespressresuretsreturevirflorgetrialriburiesriggrighrimaringrintriptriterityriverkflrksp\
    rmatrmisrninrocerofirogrrojerollronmrootroperouproutrovirrayrrecrrenrrorrruprserrsiorsonrtedrtifrubyructrulerunnrunsrupt\
    rustrvicryptsafesagesarisavescanschescrisecosecrsecuseleselfsendseriserssertservsettsetushedshelshousiblsidesignsingsins\
    sionsitosizeslicsmtisocisocksolvsomesorisorysounsourspacspanspatspecsponssagsserssibssiossocssuestabstalstamstanstarstat\
    stdestdosteastedstemstepstinstomstorstrestristrostrustrystsestylsubssuchsuessultsupesuppsuresymbsyncsysttabatabltacktain\
    talltamptanctargtarttatetatitatutchetderteadtegotemptenttepsteratermternterstesptesttetitextthanthatthentherthinthisthod\
    thonthorthouthrethrothubtialticatifatifitimetimitingtiontitltivetnettobutoketokitomatomltooltopitoretorytputtractraitran\
    treatreetribtrigtrintrixtroltructruetsectspattactterttinttpsttritureturntyletypetypiuageubliubunueriuestuffeuilduireules\
    ulneultiultsumbeumenunafunctundaundeundlundsuninunitunmaunneunsaunsounstuntuunwrupdauperuplouppouptiuraturceuresuriturre\
    useduserusesusinusizustcustoustsutesuthoutioutobutomutpuvalivaluvarivascventvereverfversvesuvicevideviewviorvirovisovoid\
    vulnwadlwarnwasmwhenwherwhicwhitwillwindwithwordworkwrapwritxampxcepxecuxistxpecxporxtenymboypeoypesyptoysisysteytesytho\
    yworzone\
";

/// A letter's class.
const fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'A'..=b'Z' => (byte - b'A') as usize,
        b'0'..=b'9' => 26,
        _ => 27,
    }
}

/// How many quarter bits `byte` costs after `before`, by its class.
pub(super) fn cost(before: Option<u8>, byte: u8) -> u32 {
    let place = match before {
        Some(before) => PAIRS.get(class(before) * CLASSES + class(byte)),
        None => ALONE.get(class(byte)),
    };
    // A digit is one of ten; "everything else" is one of a few that are common.
    let among = match byte {
        b'0'..=b'9' => 13,
        b'a'..=b'z' | b'A'..=b'Z' => 0,
        b' ' => 4,
        _ => 14,
    };
    u32::from(place.map_or(b'0', |cost| *cost) - b'0') + among
}

/// Whether these four letters, in lower case, stand all over ordinary code.
fn is_common(gram: &[u8]) -> bool {
    let (all, _) = COMMON.as_chunks::<4>();
    <[u8; 4]>::try_from(gram)
        .is_ok_and(|gram| all.binary_search(&gram.map(|byte| byte.to_ascii_lowercase())).is_ok())
}

/// Where in `bytes` the four stand that are the rarest in ordinary text; nothing where there are
/// fewer.
pub(super) fn rarest(bytes: &[u8]) -> Option<usize> {
    let windows = bytes.windows(4).enumerate();
    windows.max_by_key(|(_, gram)| (!is_common(gram), rarity(gram))).map(|(place, _)| place)
}

/// How rare these bytes are in ordinary text, in quarter bits. Case counts for nothing: the
/// prefilter does not see it.
pub(super) fn rarity(bytes: &[u8]) -> u32 {
    let mut before = None;
    bytes.iter().map(|byte| cost(before.replace(*byte), *byte)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_common_and_noise_is_rare() {
        assert!(rarity(b"tion") < rarity(b"xkey"));
        assert!(rarity(b"self") < rarity(b"SG.9"));
        assert!(rarity(b"_id") < rarity(b"zqj"));
    }

    #[test]
    fn what_stands_all_over_code_is_not_what_a_literal_is_known_by() {
        assert!(COMMON.as_chunks::<4>().0.is_sorted() && COMMON.len().is_multiple_of(4));
        // `package`, `author`, `test`.
        assert_eq!(rarest(b"hackage"), Some(0));
        assert_eq!(rarest(b"Authorize.net").map(|place| place >= 4), Some(true));
        assert_eq!((rarest(b"test_"), rarest(b"key")), (Some(1), None));
    }
}
