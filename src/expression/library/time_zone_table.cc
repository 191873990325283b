// The rules of time zones in force, by POSIX rule: names of the IANA database (2024) and of Windows (CLDR's mapping).
// Rules of the past are not kept: dates long gone get today's.
#include "expression/library/time_zone.h"

namespace sluice::expression {
namespace {

// clang-format off
constexpr TimeZoneRow kRows[] = {
    {"<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
     "Antarctica/Troll"},
    {"<+01>-1",
     "Africa/Casablanca|Africa/El_Aaiun|Etc/GMT-1|Morocco Standard Time"},
    {"<+02>-2",
     "Etc/GMT-2"},
    {"<+0330>-3:30",
     "Asia/Tehran|Iran|Iran Standard Time"},
    {"<+03>-3",
     "Antarctica/Syowa|Asia/Aden|Asia/Amman|Asia/Baghdad|Asia/Bahrain|Asia/Damascus|Asia/Istanbul|Asia/Kuwait"
     "|Asia/Qatar|Asia/Riyadh|Etc/GMT-3|Europe/Istanbul|Europe/Minsk|Turkey|Jordan Standard Time"
     "|Syria Standard Time|Arabic Standard Time|Turkey Standard Time|Arab Standard Time|Belarus Standard Time"},
    {"<+0430>-4:30",
     "Asia/Kabul|Afghanistan Standard Time"},
    {"<+04>-4",
     "Asia/Baku|Asia/Dubai|Asia/Muscat|Asia/Tbilisi|Asia/Yerevan|Etc/GMT-4|Europe/Astrakhan|Europe/Samara"
     "|Europe/Saratov|Europe/Ulyanovsk|Indian/Mahe|Indian/Mauritius|Indian/Reunion|Arabian Standard Time"
     "|Astrakhan Standard Time|Azerbaijan Standard Time|Russia Time Zone 3|Mauritius Standard Time"
     "|Saratov Standard Time|Georgian Standard Time|Caucasus Standard Time"},
    {"<+0530>-5:30",
     "Asia/Colombo|Sri Lanka Standard Time"},
    {"<+0545>-5:45",
     "Asia/Kathmandu|Asia/Katmandu|Nepal Standard Time"},
    {"<+05>-5",
     "Antarctica/Mawson|Antarctica/Vostok|Asia/Almaty|Asia/Aqtau|Asia/Aqtobe|Asia/Ashgabat|Asia/Ashkhabad"
     "|Asia/Atyrau|Asia/Dushanbe|Asia/Oral|Asia/Qostanay|Asia/Qyzylorda|Asia/Samarkand|Asia/Tashkent"
     "|Asia/Yekaterinburg|Etc/GMT-5|Indian/Kerguelen|Indian/Maldives|West Asia Standard Time"
     "|Ekaterinburg Standard Time|Qyzylorda Standard Time"},
    {"<+0630>-6:30",
     "Asia/Rangoon|Asia/Yangon|Indian/Cocos|Myanmar Standard Time"},
    {"<+06>-6",
     "Asia/Bishkek|Asia/Dacca|Asia/Dhaka|Asia/Kashgar|Asia/Omsk|Asia/Thimbu|Asia/Thimphu|Asia/Urumqi|Etc/GMT-6"
     "|Indian/Chagos|Central Asia Standard Time|Bangladesh Standard Time|Omsk Standard Time"},
    {"<+07>-7",
     "Antarctica/Davis|Asia/Bangkok|Asia/Barnaul|Asia/Ho_Chi_Minh|Asia/Hovd|Asia/Krasnoyarsk|Asia/Novokuznetsk"
     "|Asia/Novosibirsk|Asia/Phnom_Penh|Asia/Saigon|Asia/Tomsk|Asia/Vientiane|Etc/GMT-7|Indian/Christmas"
     "|SE Asia Standard Time|Altai Standard Time|W. Mongolia Standard Time|North Asia Standard Time"
     "|N. Central Asia Standard Time|Tomsk Standard Time"},
    {"<+0845>-8:45",
     "Australia/Eucla|Aus Central W. Standard Time"},
    {"<+08>-8",
     "Antarctica/Casey|Asia/Brunei|Asia/Choibalsan|Asia/Irkutsk|Asia/Kuala_Lumpur|Asia/Kuching|Asia/Singapore"
     "|Asia/Ulaanbaatar|Asia/Ulan_Bator|Etc/GMT-8|Singapore|North Asia East Standard Time"
     "|Singapore Standard Time|Ulaanbaatar Standard Time"},
    {"<+09>-9",
     "Asia/Chita|Asia/Dili|Asia/Khandyga|Asia/Yakutsk|Etc/GMT-9|Pacific/Palau|Transbaikal Standard Time"
     "|Yakutsk Standard Time"},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
     "Australia/LHI|Australia/Lord_Howe|Lord Howe Standard Time"},
    {"<+10>-10",
     "Antarctica/DumontDUrville|Asia/Ust-Nera|Asia/Vladivostok|Etc/GMT-10|Pacific/Chuuk|Pacific/Port_Moresby"
     "|Pacific/Truk|Pacific/Yap|West Pacific Standard Time|Vladivostok Standard Time"},
    {"<+11>-11",
     "Asia/Magadan|Asia/Sakhalin|Asia/Srednekolymsk|Etc/GMT-11|Pacific/Bougainville|Pacific/Efate"
     "|Pacific/Guadalcanal|Pacific/Kosrae|Pacific/Noumea|Pacific/Pohnpei|Pacific/Ponape"
     "|Bougainville Standard Time|Russia Time Zone 10|Magadan Standard Time|Sakhalin Standard Time"
     "|Central Pacific Standard Time"},
    {"<+11>-11<+12>,M10.1.0,M4.1.0/3",
     "Pacific/Norfolk|Norfolk Standard Time"},
    {"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
     "NZ-CHAT|Pacific/Chatham|Chatham Islands Standard Time"},
    {"<+12>-12",
     "Asia/Anadyr|Asia/Kamchatka|Etc/GMT-12|Kwajalein|Pacific/Fiji|Pacific/Funafuti|Pacific/Kwajalein"
     "|Pacific/Majuro|Pacific/Nauru|Pacific/Tarawa|Pacific/Wake|Pacific/Wallis|Russia Time Zone 11|UTC+12"
     "|Fiji Standard Time"},
    {"<+13>-13",
     "Etc/GMT-13|Pacific/Apia|Pacific/Enderbury|Pacific/Fakaofo|Pacific/Kanton|Pacific/Tongatapu|UTC+13"
     "|Tonga Standard Time|Samoa Standard Time"},
    {"<+14>-14",
     "Etc/GMT-14|Pacific/Kiritimati|Line Islands Standard Time"},
    {"<-01>1",
     "Atlantic/Cape_Verde|Etc/GMT+1|Cape Verde Standard Time"},
    {"<-01>1<+00>,M3.5.0/0,M10.5.0/1",
     "Atlantic/Azores|Azores Standard Time"},
    {"<-02>2",
     "America/Noronha|Atlantic/South_Georgia|Brazil/DeNoronha|Etc/GMT+2|UTC-02"},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
     "America/Godthab|America/Nuuk|America/Scoresbysund|Greenland Standard Time"},
    {"<-03>3",
     "America/Araguaina|America/Argentina/Buenos_Aires|America/Argentina/Catamarca"
     "|America/Argentina/ComodRivadavia|America/Argentina/Cordoba|America/Argentina/Jujuy"
     "|America/Argentina/La_Rioja|America/Argentina/Mendoza|America/Argentina/Rio_Gallegos"
     "|America/Argentina/Salta|America/Argentina/San_Juan|America/Argentina/San_Luis|America/Argentina/Tucuman"
     "|America/Argentina/Ushuaia|America/Asuncion|America/Bahia|America/Belem|America/Buenos_Aires"
     "|America/Catamarca|America/Cayenne|America/Cordoba|America/Coyhaique|America/Fortaleza|America/Jujuy"
     "|America/Maceio|America/Mendoza|America/Montevideo|America/Paramaribo|America/Punta_Arenas"
     "|America/Recife|America/Rosario|America/Santarem|America/Sao_Paulo|Antarctica/Palmer|Antarctica/Rothera"
     "|Atlantic/Stanley|Brazil/East|Etc/GMT+3|Paraguay Standard Time|Tocantins Standard Time"
     "|E. South America Standard Time|SA Eastern Standard Time|Argentina Standard Time"
     "|Montevideo Standard Time|Magallanes Standard Time|Bahia Standard Time"},
    {"<-03>3<-02>,M3.2.0,M11.1.0",
     "America/Miquelon|Saint Pierre Standard Time"},
    {"<-04>4",
     "America/Boa_Vista|America/Campo_Grande|America/Caracas|America/Cuiaba|America/Guyana|America/La_Paz"
     "|America/Manaus|America/Porto_Velho|Brazil/West|Etc/GMT+4|Venezuela Standard Time"
     "|Central Brazilian Standard Time|SA Western Standard Time"},
    {"<-04>4<-03>,M9.1.6/24,M4.1.6/24",
     "America/Santiago|Chile/Continental|Pacific SA Standard Time"},
    {"<-05>5",
     "America/Bogota|America/Eirunepe|America/Guayaquil|America/Lima|America/Porto_Acre|America/Rio_Branco"
     "|Brazil/Acre|Etc/GMT+5|SA Pacific Standard Time"},
    {"<-06>6",
     "Etc/GMT+6|Pacific/Galapagos"},
    {"<-06>6<-05>,M9.1.6/22,M4.1.6/22",
     "Chile/EasterIsland|Pacific/Easter|Easter Island Standard Time"},
    {"<-07>7",
     "Etc/GMT+7"},
    {"<-08>8",
     "Etc/GMT+8|Pacific/Pitcairn|UTC-08"},
    {"<-0930>9:30",
     "Pacific/Marquesas|Marquesas Standard Time"},
    {"<-09>9",
     "Etc/GMT+9|Pacific/Gambier|UTC-09"},
    {"<-10>10",
     "Etc/GMT+10|Pacific/Rarotonga|Pacific/Tahiti"},
    {"<-11>11",
     "Etc/GMT+11|Pacific/Niue|UTC-11"},
    {"<-12>12",
     "Etc/GMT+12|Dateline Standard Time"},
    {"ACST-9:30",
     "Australia/Darwin|Australia/North|AUS Central Standard Time"},
    {"ACST-9:30ACDT,M10.1.0,M4.1.0/3",
     "Australia/Adelaide|Australia/Broken_Hill|Australia/South|Australia/Yancowinna"
     "|Cen. Australia Standard Time"},
    {"AEST-10",
     "Australia/Brisbane|Australia/Lindeman|Australia/Queensland|E. Australia Standard Time"},
    {"AEST-10AEDT,M10.1.0,M4.1.0/3",
     "Antarctica/Macquarie|Australia/ACT|Australia/Canberra|Australia/Currie|Australia/Hobart"
     "|Australia/Melbourne|Australia/NSW|Australia/Sydney|Australia/Tasmania|Australia/Victoria"
     "|AUS Eastern Standard Time|Tasmania Standard Time"},
    {"AKST9AKDT,M3.2.0,M11.1.0",
     "America/Anchorage|America/Juneau|America/Metlakatla|America/Nome|America/Sitka|America/Yakutat|US/Alaska"
     "|Alaskan Standard Time"},
    {"AST4",
     "America/Anguilla|America/Antigua|America/Aruba|America/Barbados|America/Blanc-Sablon|America/Curacao"
     "|America/Dominica|America/Grenada|America/Guadeloupe|America/Kralendijk|America/Lower_Princes"
     "|America/Marigot|America/Martinique|America/Montserrat|America/Port_of_Spain|America/Puerto_Rico"
     "|America/Santo_Domingo|America/St_Barthelemy|America/St_Kitts|America/St_Lucia|America/St_Thomas"
     "|America/St_Vincent|America/Tortola|America/Virgin"},
    {"AST4ADT,M3.2.0,M11.1.0",
     "America/Glace_Bay|America/Goose_Bay|America/Halifax|America/Moncton|America/Thule|Atlantic/Bermuda"
     "|Canada/Atlantic|Atlantic Standard Time"},
    {"AWST-8",
     "Australia/Perth|Australia/West|W. Australia Standard Time"},
    {"CAT-2",
     "Africa/Blantyre|Africa/Bujumbura|Africa/Gaborone|Africa/Harare|Africa/Juba|Africa/Khartoum|Africa/Kigali"
     "|Africa/Lubumbashi|Africa/Lusaka|Africa/Maputo|Africa/Windhoek|South Sudan Standard Time"
     "|Sudan Standard Time|Namibia Standard Time"},
    {"CET-1",
     "Africa/Algiers|Africa/Tunis"},
    {"CET-1CEST,M3.5.0,M10.5.0/3",
     "Africa/Ceuta|Arctic/Longyearbyen|Atlantic/Jan_Mayen|CET|Europe/Amsterdam|Europe/Andorra|Europe/Belgrade"
     "|Europe/Berlin|Europe/Bratislava|Europe/Brussels|Europe/Budapest|Europe/Busingen|Europe/Copenhagen"
     "|Europe/Gibraltar|Europe/Ljubljana|Europe/Luxembourg|Europe/Madrid|Europe/Malta|Europe/Monaco"
     "|Europe/Oslo|Europe/Paris|Europe/Podgorica|Europe/Prague|Europe/Rome|Europe/San_Marino|Europe/Sarajevo"
     "|Europe/Skopje|Europe/Stockholm|Europe/Tirane|Europe/Vaduz|Europe/Vatican|Europe/Vienna|Europe/Warsaw"
     "|Europe/Zagreb|Europe/Zurich|Poland|W. Europe Standard Time|Central Europe Standard Time"
     "|Romance Standard Time|Central European Standard Time"},
    {"CST-8",
     "Asia/Chongqing|Asia/Chungking|Asia/Harbin|Asia/Macao|Asia/Macau|Asia/Shanghai|Asia/Taipei|PRC|ROC"
     "|China Standard Time|Taipei Standard Time"},
    {"CST5CDT,M3.2.0/0,M11.1.0/1",
     "America/Havana|Cuba|Cuba Standard Time"},
    {"CST6",
     "America/Bahia_Banderas|America/Belize|America/Chihuahua|America/Costa_Rica|America/El_Salvador"
     "|America/Guatemala|America/Managua|America/Merida|America/Mexico_City|America/Monterrey|America/Regina"
     "|America/Swift_Current|America/Tegucigalpa|Canada/Saskatchewan|Mexico/General"
     "|Central America Standard Time|Central Standard Time (Mexico)|Canada Central Standard Time"},
    {"CST6CDT,M3.2.0,M11.1.0",
     "America/Chicago|America/Indiana/Knox|America/Indiana/Tell_City|America/Knox_IN|America/Matamoros"
     "|America/Menominee|America/North_Dakota/Beulah|America/North_Dakota/Center"
     "|America/North_Dakota/New_Salem|America/Ojinaga|America/Rainy_River|America/Rankin_Inlet"
     "|America/Resolute|America/Winnipeg|CST6CDT|Canada/Central|US/Central|US/Indiana-Starke"
     "|Central Standard Time"},
    {"ChST-10",
     "Pacific/Guam|Pacific/Saipan"},
    {"EAT-3",
     "Africa/Addis_Ababa|Africa/Asmara|Africa/Asmera|Africa/Dar_es_Salaam|Africa/Djibouti|Africa/Kampala"
     "|Africa/Mogadishu|Africa/Nairobi|Indian/Antananarivo|Indian/Comoro|Indian/Mayotte"
     "|E. Africa Standard Time"},
    {"EET-2",
     "Africa/Tripoli|Europe/Kaliningrad|Libya|Kaliningrad Standard Time|Libya Standard Time"},
    {"EET-2EEST,M3.4.4/50,M10.4.4/50",
     "Asia/Gaza|Asia/Hebron|West Bank Standard Time"},
    {"EET-2EEST,M3.5.0,M10.5.0/3",
     "Europe/Chisinau|Europe/Tiraspol|E. Europe Standard Time"},
    {"EET-2EEST,M3.5.0/0,M10.5.0/0",
     "Asia/Beirut|Middle East Standard Time"},
    {"EET-2EEST,M3.5.0/3,M10.5.0/4",
     "Asia/Famagusta|Asia/Nicosia|EET|Europe/Athens|Europe/Bucharest|Europe/Helsinki|Europe/Kiev|Europe/Kyiv"
     "|Europe/Mariehamn|Europe/Nicosia|Europe/Riga|Europe/Sofia|Europe/Tallinn|Europe/Uzhgorod|Europe/Vilnius"
     "|Europe/Zaporozhye|GTB Standard Time|FLE Standard Time"},
    {"EET-2EEST,M4.5.5/0,M10.5.4/24",
     "Africa/Cairo|Egypt|Egypt Standard Time"},
    {"EST5",
     "America/Atikokan|America/Cancun|America/Cayman|America/Coral_Harbour|America/Jamaica|America/Panama|EST"
     "|Jamaica|Eastern Standard Time (Mexico)"},
    {"EST5EDT,M3.2.0,M11.1.0",
     "America/Detroit|America/Fort_Wayne|America/Grand_Turk|America/Indiana/Indianapolis"
     "|America/Indiana/Marengo|America/Indiana/Petersburg|America/Indiana/Vevay|America/Indiana/Vincennes"
     "|America/Indiana/Winamac|America/Indianapolis|America/Iqaluit|America/Kentucky/Louisville"
     "|America/Kentucky/Monticello|America/Louisville|America/Montreal|America/Nassau|America/New_York"
     "|America/Nipigon|America/Pangnirtung|America/Port-au-Prince|America/Thunder_Bay|America/Toronto"
     "|Canada/Eastern|EST5EDT|US/East-Indiana|US/Eastern|US/Michigan|Eastern Standard Time|Haiti Standard Time"
     "|US Eastern Standard Time|Turks And Caicos Standard Time"},
    {"GMT0",
     "Africa/Abidjan|Africa/Accra|Africa/Bamako|Africa/Banjul|Africa/Bissau|Africa/Conakry|Africa/Dakar"
     "|Africa/Freetown|Africa/Lome|Africa/Monrovia|Africa/Nouakchott|Africa/Ouagadougou|Africa/Sao_Tome"
     "|Africa/Timbuktu|America/Danmarkshavn|Atlantic/Reykjavik|Atlantic/St_Helena|Etc/GMT|Etc/GMT+0|Etc/GMT-0"
     "|Etc/GMT0|Etc/Greenwich|GMT|GMT+0|GMT-0|GMT0|Greenwich|Iceland|Greenwich Standard Time"
     "|Sao Tome Standard Time"},
    {"GMT0BST,M3.5.0/1,M10.5.0",
     "Europe/Belfast|Europe/Guernsey|Europe/Isle_of_Man|Europe/Jersey|Europe/London|GB|GB-Eire"
     "|GMT Standard Time"},
    {"HKT-8",
     "Asia/Hong_Kong|Hongkong"},
    {"HST10",
     "HST|Pacific/Honolulu|Pacific/Johnston|US/Hawaii|Hawaiian Standard Time"},
    {"HST10HDT,M3.2.0,M11.1.0",
     "America/Adak|America/Atka|US/Aleutian|Aleutian Standard Time"},
    {"IST-1GMT0,M10.5.0,M3.5.0/1",
     "Eire|Europe/Dublin"},
    {"IST-2IDT,M3.4.4/26,M10.5.0",
     "Asia/Jerusalem|Asia/Tel_Aviv|Israel|Israel Standard Time"},
    {"IST-5:30",
     "Asia/Calcutta|Asia/Kolkata|India Standard Time"},
    {"JST-9",
     "Asia/Tokyo|Japan|Tokyo Standard Time"},
    {"KST-9",
     "Asia/Pyongyang|Asia/Seoul|ROK|North Korea Standard Time|Korea Standard Time"},
    {"MET-1MEST,M3.5.0,M10.5.0/3",
     "MET"},
    {"MSK-3",
     "Europe/Kirov|Europe/Moscow|Europe/Simferopol|Europe/Volgograd|W-SU|Russian Standard Time"
     "|Volgograd Standard Time"},
    {"MST7",
     "America/Creston|America/Dawson|America/Dawson_Creek|America/Fort_Nelson|America/Hermosillo"
     "|America/Mazatlan|America/Phoenix|America/Whitehorse|Canada/Yukon|MST|Mexico/BajaSur|US/Arizona"
     "|US Mountain Standard Time|Mountain Standard Time (Mexico)|Yukon Standard Time"},
    {"MST7MDT,M3.2.0,M11.1.0",
     "America/Boise|America/Cambridge_Bay|America/Ciudad_Juarez|America/Denver|America/Edmonton|America/Inuvik"
     "|America/Shiprock|America/Yellowknife|Canada/Mountain|MST7MDT|Navajo|US/Mountain|Mountain Standard Time"},
    {"NST3:30NDT,M3.2.0,M11.1.0",
     "America/St_Johns|Canada/Newfoundland|Newfoundland Standard Time"},
    {"NZST-12NZDT,M9.5.0,M4.1.0/3",
     "Antarctica/McMurdo|Antarctica/South_Pole|NZ|Pacific/Auckland|New Zealand Standard Time"},
    {"PKT-5",
     "Asia/Karachi|Pakistan Standard Time"},
    {"PST-8",
     "Asia/Manila"},
    {"PST8PDT,M3.2.0,M11.1.0",
     "America/Ensenada|America/Los_Angeles|America/Santa_Isabel|America/Tijuana|America/Vancouver"
     "|Canada/Pacific|Mexico/BajaNorte|PST8PDT|US/Pacific|Pacific Standard Time (Mexico)|Pacific Standard Time"},
    {"SAST-2",
     "Africa/Johannesburg|Africa/Maseru|Africa/Mbabane|South Africa Standard Time"},
    {"SST11",
     "Pacific/Midway|Pacific/Pago_Pago|Pacific/Samoa|US/Samoa"},
    {"UTC0",
     "Etc/UCT|Etc/UTC|Etc/Universal|Etc/Zulu|UCT|Universal|Zulu"},
    {"WAT-1",
     "Africa/Bangui|Africa/Brazzaville|Africa/Douala|Africa/Kinshasa|Africa/Lagos|Africa/Libreville"
     "|Africa/Luanda|Africa/Malabo|Africa/Ndjamena|Africa/Niamey|Africa/Porto-Novo"
     "|W. Central Africa Standard Time"},
    {"WET0WEST,M3.5.0/1,M10.5.0",
     "Atlantic/Canary|Atlantic/Faeroe|Atlantic/Faroe|Atlantic/Madeira|Europe/Lisbon|Portugal|WET"},
    {"WIB-7",
     "Asia/Jakarta|Asia/Pontianak"},
    {"WIT-9",
     "Asia/Jayapura"},
    {"WITA-8",
     "Asia/Makassar|Asia/Ujung_Pandang"},
};
// clang-format on

}  // namespace

std::span<const TimeZoneRow> timeZoneRows() {
  return kRows;
}

}  // namespace sluice::expression
