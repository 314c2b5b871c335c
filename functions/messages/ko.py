"""한국어. 중괄호 안은 mail.py가 채우며, 번역자는 그 밖의 말만 바꾼다."""

SEVERITY = {"critical": "심각", "high": "높음", "medium": "중간", "low": "낮음", "info": "정보"}

HEADLINES = {
    ("stopped", "restored"): "CloudTrail 중지됨, 다시 기록 중",
    ("stopped", "recording"): "CloudTrail 중지됨, 다시 기록 중",
    ("stopped", "failed"): "CloudTrail 중지됨, 복구 실패, 기록 안 됨",
    ("stopped", "failed_unread"): "CloudTrail 중지됨, 복구 실패",
    ("stopped", "not_recording"): "CloudTrail 중지됨, 기록 안 됨",
    ("stopped", "gone"): "CloudTrail 중지 후 추적 없어짐",
    ("stopped", "unknown"): "CloudTrail 중지됨, 상태 알 수 없음",
    ("deleted", "recording"): "CloudTrail 추적 삭제됨, 다시 있음",
    ("deleted", "not_recording"): "CloudTrail 추적 삭제됨, 다시 있으나 기록 안 됨",
    ("deleted", "gone"): "CloudTrail 추적 삭제됨",
    ("deleted", "unknown"): "CloudTrail 추적 삭제됨, 상태 알 수 없음",
    ("narrowed", "recording"): "CloudTrail 기록 범위·위치 변경됨",
    ("narrowed", "not_recording"): "CloudTrail 기록 범위·위치 변경됨, 기록 안 됨",
    ("narrowed", "gone"): "CloudTrail 기록 범위·위치 변경 후 추적 없어짐",
    ("narrowed", "unknown"): "CloudTrail 기록 범위·위치 변경됨, 상태 알 수 없음",
    ("attempted", "recording"): "{action} 시도 실패, 계속 기록 중",
    ("attempted", "not_recording"): "{action} 시도 실패, 추적은 기록 안 됨",
    ("attempted", "gone"): "{action} 시도 실패, 그런 추적 없음",
    ("attempted", "unknown"): "{action} 시도 실패, 상태 알 수 없음",
}
MILD_HEADLINES = {
    "low": "CloudTrail 변경됨, 관리 이벤트는 그대로",
    "announced": "CloudTrail 예고대로 변경됨",
    "harmless": "CloudTrail 변경됨, 잃은 것 없음",
    "failed": "CloudTrail 호출 실패, 잃은 것 없음",
}
WHOSE = {
    "organization": "CloudTrail 위임 관리자",
    "event data store": "CloudTrail 이벤트 데이터 스토어",
    "channel": "CloudTrail {kind}",
    "destination": "CloudTrail {kind}",
    "guard": "Trailkeeper {kind}",
}
HEADLINES_ON = {
    "stopped": "{what} 꺼짐",
    "deleted": "{what} 삭제됨",
    "pending": "{what} 꺼짐, 삭제 예약됨",
    "narrowed": "{what} 변경됨",
    "low": "{what} 변경됨, 영향 적음",
    "announced": "{what} 예고대로 변경됨",
    "attempted": "{action} 시도 실패",
    "harmless": "{what} 변경됨, 잃은 것 없음",
    "failed": "{action} 실패, 잃은 것 없음",
}
UNTRIAGED_HEADLINE = "CloudTrail 이벤트를 판정하지 못함"

SENTENCES = {
    ("stopped", "restored"): "{actor}이(가) 추적 {trail}의 로깅을 중지했으나 Trailkeeper가 다시 시작하여 "
    "지금은 기록 중입니다.",
    ("stopped", "recording"): "{actor}이(가) 추적 {trail}의 로깅을 중지했으나 지금은 다시 기록 중입니다.",
    ("stopped", "failed"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 Trailkeeper가 다시 시작하지 못하여 "
    "지금 기록되지 않고 있습니다(이유: {why}).",
    (
        "stopped",
        "failed_unread",
    ): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 Trailkeeper가 다시 시작하지 못했으니 "
    "기록되지 않는다고 보십시오(이유: {why}).",
    ("stopped", "not_recording"): "{actor}이(가) 추적 {trail}의 로깅을 중지하여 지금 기록되지 않고 있습니다.",
    ("stopped", "gone"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 그 추적은 이제 없어 아무것도 기록하지 않습니다.",
    ("stopped", "unknown"): "{actor}이(가) 추적 {trail}의 로깅을 중지했고 상태를 읽지 못했으니 "
    "기록되지 않는다고 보십시오.",
    (
        "deleted",
        "recording",
    ): "{actor}이(가) 추적 {trail}을(를) 삭제했으나 같은 이름의 추적이 다시 있으며 기록 중입니다.",
    ("deleted", "not_recording"): "{actor}이(가) 추적 {trail}을(를) 삭제했고 같은 이름의 추적이 다시 있으나 "
    "기록되지 않고 있습니다.",
    ("deleted", "gone"): "{actor}이(가) 추적 {trail}을(를) 삭제하여 그 추적은 아무것도 기록하지 않습니다.",
    ("deleted", "unknown"): "{actor}이(가) 추적 {trail}을(를) 삭제했으며 다시 생겼는지는 읽지 못했습니다.",
    ("narrowed", "recording"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸었으며{tells} "
    "로깅은 켜져 있습니다.",
    ("narrowed", "not_recording"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸었고{tells} "
    "지금 전혀 기록되지 않고 있습니다.",
    ("narrowed", "gone"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸었고{tells} "
    "그 추적은 이제 없습니다.",
    ("narrowed", "unknown"): "{actor}이(가) 추적 {trail}의 기록 범위를 줄이거나 저장 위치를 바꾸었으며{tells} "
    "상태는 읽지 못했습니다.",
    ("attempted", "recording"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적은 기록 중입니다.",
    ("attempted", "not_recording"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적은 기록되지 않고 있습니다.",
    ("attempted", "gone"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "그런 추적은 없습니다.",
    ("attempted", "unknown"): "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했고({code}) "
    "추적의 상태는 읽지 못했습니다.",
}
MILD_SENTENCES = {
    "low": "{actor}이(가) 추적 {trail}에서 관리 이벤트가 아닌 것의 기록을 바꾸었으며 잃는 관리 이벤트는 없습니다",
    "announced": "{actor}이(가) 추적 {trail}의 기록 범위나 저장 위치를 바꾸었습니다",
    "harmless": "{actor}이(가) 추적 {trail}에 {action}을(를) 호출했으며 잃는 것은 없습니다",
    "failed": "{actor}이(가) 추적 {trail}에 {action}을(를) 시도했으나 실패했으며({code}) "
    "성공했어도 잃을 관리 이벤트는 없습니다.",
}
AND_NOW = {
    "restored": ". 추적은 기록 중입니다.",
    "recording": ". 추적은 기록 중입니다.",
    "failed": ". 추적은 기록되지 않고 있습니다.",
    "failed_unread": ". 추적의 상태는 읽지 못했습니다.",
    "not_recording": ". 추적은 기록되지 않고 있습니다.",
    "gone": ". 그 추적은 이제 없습니다.",
    "unknown": ". 추적의 상태는 읽지 못했습니다.",
}
SENTENCES_ON = {
    "stopped": "{actor}이(가) {resource}을(를) 껐습니다.",
    "deleted": "{actor}이(가) {resource}을(를) 삭제했습니다.",
    "pending": "{actor}이(가) {resource}의 삭제를 예약했습니다. 더 이상 쓸 수 없지만 아직 되돌릴 수 있습니다.",
    "narrowed": "{actor}이(가) {resource}을(를) 변경했습니다({action}).",
    "low": "{actor}이(가) {resource}을(를) 변경했으며({action}) 이로 잃는 관리 이벤트는 없습니다.",
    "announced": "{actor}이(가) {resource}을(를) 변경했습니다({action}).",
    "attempted": "{actor}이(가) {resource}에 {action}을(를) 시도했으나 실패했습니다({code}).",
    "harmless": "{actor}이(가) {resource}에 {action}을(를) 호출했으며 잃는 것은 없습니다.",
    "failed": "{actor}이(가) {resource}에 {action}을(를) 시도했으나 실패했으며({code}) "
    "성공했어도 잃을 관리 이벤트는 없습니다.",
}
RESOURCES = {
    "trail": "추적 {name}",
    "organization": "조직 추적의 위임 관리자 {name}",
    "event data store": "이벤트 데이터 스토어 {name}",
    "channel": "CloudTrail {kind} {name}",
    "destination": "추적이 사용하는 {kind} {name}",
    "guard": "Trailkeeper 자신의 {kind} {name}",
}
KINDS = {
    "trail": "추적",
    "account": "계정",
    "event data store": "이벤트 데이터 스토어",
    "channel": "채널",
    "resource policy": "리소스 정책",
    "bucket": "버킷",
    "key": "키",
    "log group": "로그 그룹",
    "topic": "주제",
    "rule": "규칙",
    "state machine": "상태 머신",
    "function": "함수",
    "subscription": "메일 구독",
    "queue": "대기열",
    "role": "역할",
    "alarm": "경보",
    "stack": "스택",
}
KIND_AND_NAME = "{kind} {name}"
AS_FAR_AS_TOLD = "(요청 내용으로 보아)"
NOT_TOLD = "(이벤트에 요청 내용이 없어 바뀌지 않았을 수도 있음)"
UNGUARDED = "되돌리기 전에는 호출을 알아채지 못하거나 메일을 보내지 못할 수 있습니다."
NOTHING_STORED = "이제 이벤트를 받아들이지 않습니다."
DELIVERY_FAILS = "{trail}의 전송이 실패하고 있습니다: {error}."
DELIVERY_AS_YET = "{trail}의 전송 실패는 아직 보고되지 않았으나 늦게 나타날 수 있습니다."
NOT_READ_TOO = "다음 추적도 사용하며 전송 상태는 읽지 않았습니다: {trails}."
DELIVERY_UNREAD = "로그가 계속 도착하는지는 읽지 못했습니다."
WRITERS_OFF = "{trail}의 로깅도 꺼져 있습니다."
NOBODY_WRITES = "지금 그것을 사용하는 추적은 보이지 않습니다."
ANNOUNCED = "예고된 변경입니다: {reason}({until}까지)."
ANNOUNCED_FOR_GOOD = "예고된 변경입니다: {reason}."
ANNOUNCEMENT_EXPIRED = "예고된 변경이었으나({reason}) {until}에 기한이 지났으므로 다른 변경과 똑같이 다룹니다."
UNTRIAGED_SENTENCE = (
    "CloudTrail을 무력화할 수 있는 호출이 있었으나 Trailkeeper가 판정하지 못했습니다. "
    "아래 이벤트를 읽고 지금 추적을 확인하십시오."
)
ACTOR = "{name}"
ACTOR_OF_ROLE = "{name}(역할 {role})"
UNNAMED = "(이벤트에 이름 없음)"
UNNAMED_TRAIL = "(이벤트에 이름 없음)"
UNKNOWN = "알 수 없음"

COVERED = "{region}의 관리 이벤트는 다른 추적이 계속 기록합니다: {trails}"
COVERED_AS_EVER = "{region}의 관리 이벤트를 기록하는 추적: {trails}"
NOT_COVERED = "{region}의 관리 이벤트를 기록하는 다른 추적이 없습니다."
NOT_COVERED_AS_FAR_AS_READ = (
    "{region}의 관리 이벤트를 기록한다고 확인된 다른 추적이 없습니다. 읽지 못한 것은 아래와 같습니다."
)
COVERAGE_UNKNOWN = "{region}의 관리 이벤트를 다른 추적이 기록하는지 알 수 없습니다: {why}"
UNREAD = "읽지 못함: {what}"

LABELS = {
    "what": "이벤트",
    "why": "근거",
    "when": "시간",
    "on": "대상",
    "trail": "추적",
    "state": "상태",
    "account": "계정",
    "region": "리전",
    "who": "사용자",
    "key": "액세스 키",
    "mfa": "MFA",
    "via": "경유",
    "source": "주소",
    "agent": "에이전트",
    "undo": "복구",
    "blind": "기록 공백",
    "coverage": "다른 추적",
    "error": "오류",
    "event": "이벤트",
    "execution": "실행",
}
SUCCEEDED = "{action}, 성공"
FAILED = "{action}, 실패: {code}"
IDENTITY_TYPE = "{name} ({type})"
ROLE = "역할 {role}"
YES, NO = "예", "아니요"
RECORDING_SINCE = "{time}부터 기록 중"
RECORDING = "기록 중"
NOT_RECORDING_SINCE = "{time}부터 기록 안 됨"
NOT_RECORDING = "기록 안 됨"
GONE = "없음"
NOT_READ = "읽지 못함: {why}"
HOME_REGION = "홈 리전 {region}"
ONE_REGION, ALL_REGIONS = "한 리전만", "모든 리전"
ORGANIZATION_TRAIL = "조직 추적"
BUCKET, KEY, LOG_GROUP = "버킷 {name}", "키 {name}", "로그 그룹 {name}"
SELECTORS_NARROW = "이벤트 선택기가 관리 이벤트를 모두 기록하지는 않음"
DELIVERY_ERROR = "전송 실패: {error}"
UNDONE = "{time}에 {call} 호출; 호출 전 상태: 기록 안 됨, 호출 후 상태: 기록 중"
NOTHING_TO_UNDO = "호출하지 않음: Trailkeeper가 확인했을 때 이미 기록 중"
UNDO_FAILED = "{call} 실패: {error}"
UNDONE_EARLIER = "기록 중; Trailkeeper의 앞선 시도나 다른 누군가가 StartLogging을 호출함"
NOT_UNDONE = "하지 않음: {why}"
BLIND_CLOSED = "{duration}, {start}부터 {end}까지"
BLIND_OPEN = "{start}부터, 아직 계속됨"
BLIND_UNKNOWN = "{start}부터, 끝났는지는 읽지 못함"
BLIND_NONE = "없음"
SECONDS, MINUTES, HOURS = "{seconds}초", "{minutes}분 {seconds}초", "{hours}시간 {minutes}분"

RESTORE_ERRORS = {
    "AccessDenied": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "AccessDeniedException": "Trailkeeper 역할의 권한이 역할 자체의 정책이나 조직의 정책(SCP)으로 거부됨",
    "TrailNotFoundException": "그 추적이 이제 없음",
    "InvalidHomeRegionException": "홈 리전에서만 시작할 수 있음",
    "NotOrganizationMasterAccountException": "조직의 관리 계정만 시작할 수 있음",
    "NotOrganizationManagementAccountException": "조직의 관리 계정만 시작할 수 있음",
    "InsufficientDependencyServiceAccessPermissionException": "Trailkeeper 역할에 조직 추적에 필요한 권한이 없음",
    "NoManagementAccountSLRExistsException": "조직의 관리 계정에 CloudTrail 서비스 연결 역할이 없음",
    "NotRecordingError": "StartLogging이 성공했으나 여전히 꺼져 있다고 응답함",
    "States.Timeout": "CloudTrail이 제시간에 응답하지 않음",
    "Sandbox.Timedout": "CloudTrail이 제시간에 응답하지 않음",
    "ReadTimeoutError": "CloudTrail이 제시간에 응답하지 않음",
    "ConnectTimeoutError": "CloudTrail에 연결하지 못함",
    "EndpointConnectionError": "CloudTrail에 연결하지 못함",
}
OTHER_RESTORE_ERROR = "{error}"

NEXT_TITLE = "다음에 할 일"
NEXT = {
    "start": "지금 추적을 시작하십시오:",
    "create": "버킷 정책이 그대로 맞도록 같은 이름과 같은 버킷으로 추적을 다시 만들고 시작하십시오. "
    "이전 설정(90일 이벤트 기록):",
    "compare": "원래 설정과 비교하여 되돌리십시오:",
    "put_back": "되돌리십시오:",
    "look": "지금 어떤지 확인하십시오:",
    "deploy": "Trailkeeper를 다시 배포하여 모두 제자리로 돌려놓으십시오.",
    "check": "추적을 직접 확인하십시오:",
    "ask": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것이니 키를 끄십시오:",
    "ask_only": "의도한 작업인지 {actor}에게 물어보십시오. 아니라면 자격 증명이 유출된 것이니 "
    "자격 증명이나 역할의 세션을 취소하십시오.",
    "ask_root": "의도한 작업인지 루트 사용자를 가진 사람에게 물어보십시오. 아니라면 남의 손에 있는 것이니 "
    "루트로 로그인하여 암호를 바꾸고 액세스 키를 삭제하십시오.",
    "history": "같은 자격 증명으로 한 다른 일을 확인하십시오. 추적이 꺼져 있어도 이벤트 기록에는 남습니다:",
}
LINKS_TITLE = "AWS 콘솔에서 보기"
RAW_TITLE = "받은 이벤트 원문"

# triage.py가 쓰는 사실의 번역: "사실" 또는 "사실: 값"
FACTS = {
    "not a call that can blind CloudTrail": "CloudTrail을 무력화할 수 있는 호출이 아님",
    "a VPC endpoint's copy of a management event": "관리 이벤트의 VPC 엔드포인트 사본임",
    "not one of the guarded trails": "지키는 추적이 아님",
    "the call succeeded": "호출이 성공함",
    "narrows nothing": "축소하는 것이 없음",
    "the call failed": "호출이 실패함",
    "the call failed, and would have cost no management event": "호출이 실패했고, 성공했어도 잃을 관리 이벤트가 없음",
    "the event does not hold the request, so what changed cannot be told": "이벤트에 요청 내용이 없어 "
    "무엇이 바뀌었는지 알 수 없음",
    "the event selectors do not record all management events": "이벤트 선택기가 관리 이벤트를 모두 기록하지는 않음",
    "it covers one Region only": "한 리전만 기록함",
    "global service events such as IAM's are left out": "IAM 같은 글로벌 서비스 이벤트가 빠짐",
    "log file validation is off": "로그 파일 검증이 꺼짐",
    "it no longer covers the organization": "더 이상 조직 전체를 기록하지 않음",
    "it no longer sends to CloudWatch Logs": "더 이상 CloudWatch Logs로 보내지 않음",
    "the request sets the bucket": "요청에 버킷이 지정됨",
    "the request sets the prefix": "요청에 접두사가 지정됨",
    "the request sets the encryption key": "요청에 암호화 키가 지정됨",
    "the request sets the log group": "요청에 로그 그룹이 지정됨",
    "the request sets the log group's role": "요청에 로그 그룹 역할이 지정됨",
    "the log group's role has changed": "로그 그룹 역할이 바뀜",
    "the request sets the topic": "요청에 주제가 지정됨",
    "the bucket has changed": "버킷이 바뀜",
    "the prefix has changed": "접두사가 바뀜",
    "the encryption key has changed": "암호화 키가 바뀜",
    "the log group has changed": "로그 그룹이 바뀜",
    "the topic has changed": "주제가 바뀜",
    "the event selectors record fewer management events than before": "이벤트 선택기가 기록하는 관리 이벤트가 "
    "전보다 적음",
    "the event selectors record fewer data events than before": "이벤트 선택기가 기록하는 데이터 이벤트가 전보다 적음",
    "Insights are off, or find less": "Insights가 꺼졌거나 찾는 것이 줄어듦",
    "Insights find less than before": "Insights가 찾는 것이 전보다 적음",
    "events are kept in the size": "이벤트를 남기는 크기",
    "what events tell is changed": "이벤트에 담기는 내용이 바뀜",
    "its termination protection is off": "종료 방지 기능이 꺼짐",
    "its events are deleted after days": "이벤트가 지워지기까지의 일수",
    "the account can no longer manage the organization's trails": "그 계정이 더 이상 조직 추적을 관리할 수 없음",
    "nobody outside AWS can send events through it any more": "AWS 외부에서 더 이상 이벤트를 보낼 수 없음",
    "CloudTrail may no longer write to the bucket": "CloudTrail이 더 이상 버킷에 쓸 수 없음",
    "the bucket's own key is not used": "버킷에 지정된 키를 쓰지 않음",
    "log files are copied elsewhere": "로그 파일이 다른 곳으로 복제됨",
    "log files are no longer copied elsewhere": "로그 파일이 더 이상 다른 곳으로 복제되지 않음",
    "CloudTrail can no longer encrypt, so nothing is delivered": "CloudTrail이 암호화할 수 없어 아무것도 전송되지 않음",
    "the key no longer rotates": "키가 더 이상 교체되지 않음",
    "the log events of a stream are gone": "로그 스트림 하나의 이벤트가 사라짐",
    "log events are no longer forwarded": "로그 이벤트가 더 이상 전달되지 않음",
    "the policy does not let CloudTrail write to the bucket": "정책이 CloudTrail의 버킷 쓰기를 허용하지 않음",
    "the policy does not let CloudTrail use the key": "정책이 CloudTrail의 키 사용을 허용하지 않음",
    "the policy denies what CloudTrail needs": "정책이 CloudTrail에 필요한 것을 거부함",
    "the policy lets anybody in": "정책이 누구에게나 허용함",
    "files beside the known trails' log files are deleted": "알려진 추적의 로그 파일이 아닌 파일이 지워짐",
    "another account's key encrypts": "다른 계정의 키로 암호화됨",
    "the handling of an incident is cut short": "사건의 처리가 도중에 중단됨",
    "log files are deleted on": "로그 파일이 지워지는 날",
    "log files are deleted after days": "로그 파일이 지워지기까지의 일수",
    "log events are deleted after days": "로그 이벤트가 지워지기까지의 일수",
    "what is overwritten or deleted is not kept": "덮어쓰거나 지운 것이 남지 않음",
    "deleting needs no MFA any more": "삭제에 더 이상 MFA가 필요 없음",
    "the bucket encrypts with the key": "버킷이 암호화에 쓰는 키",
    "anybody may list the bucket": "누구나 버킷의 목록을 볼 수 있음",
    "others may get into the bucket": "다른 사람이 버킷에 접근할 수 있음",
    "public access is not blocked": "퍼블릭 액세스가 차단되지 않음",
    "new log files are locked against deletion for days": "새 로그 파일이 삭제로부터 잠기는 일수",
    "new log files are not locked against deletion": "새 로그 파일이 삭제로부터 잠기지 않음",
    "the rule is disabled": "규칙이 꺼짐",
    "the rule is changed": "규칙이 바뀜",
    "the rule starts nothing any more": "규칙이 더 이상 아무것도 시작하지 않음",
    "what the rule starts is changed": "규칙이 시작하는 것이 바뀜",
    "the flow is changed": "흐름이 바뀜",
    "the code is changed": "코드가 바뀜",
    "the configuration is changed": "구성이 바뀜",
    "the concurrency is capped": "동시 실행이 제한됨",
    "others may call the function": "다른 사람이 함수를 호출할 수 있음",
    "the permissions are changed": "권한이 바뀜",
    "the topic is changed": "주제가 바뀜",
    "the subscription is changed": "구독이 바뀜",
    "the events that could not be delivered are gone": "전달하지 못한 이벤트가 사라짐",
    "the queue is changed": "대기열이 바뀜",
    "who may take the role is changed": "역할을 맡을 수 있는 사람이 바뀜",
    "the alarm is changed": "경보가 바뀜",
    "the stack is changed": "스택이 바뀜",
    "the stack can be deleted": "스택을 삭제할 수 있게 됨",
    "no other trail that was seen records all Regions": "확인된 다른 추적 가운데 모든 리전을 기록하는 것이 없음",
    "cannot tell what it was before": "전에 어땠는지 알 수 없음",
    "records no less than before": "기록하는 것이 전보다 줄지 않음",
    "changed again since then": "그 뒤에 다시 바뀜",
    "the trail was created just before, and this sets it up": "바로 전에 만든 추적을 설정하는 것임",
    "neither what guarded trails write to nor a part of Trailkeeper": "지키는 추적이 저장하는 곳도 "
    "Trailkeeper의 일부도 아님",
    "a deployment by the account's own CDK roles (Trailkeeper's default entry)": "계정 자체의 CDK 역할에 의한 배포"
    "(Trailkeeper 기본 항목)",
    "the change was announced": "예고된 변경임",
    "nothing was changed": "바뀐 것이 없음",
    "Trailkeeper cannot undo": "Trailkeeper가 되돌릴 수 없는 호출",
    "the trail belongs to another account": "다른 계정의 추적임",
    "the event does not name a trail and its Region": "이벤트에 추적과 리전의 이름이 없음",
    "the setting undo is off": "설정 undo가 off임",
    "the setting undo is auto": "설정 undo가 auto임",
}
