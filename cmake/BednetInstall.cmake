# SPDX-License-Identifier: Apache-2.0
# What is installed and where, as Debian places such things. Modules lie in a folder of their own below libdir
# with the runtime library beside them, which they find by $ORIGIN: it is nobody else's library.
set(BEDNET_MODULE_DIR ${CMAKE_INSTALL_LIBDIR}/mosquitto)
set(BEDNET_EXAMPLE_DIR ${CMAKE_INSTALL_DATADIR}/doc/bednet/examples)

install(TARGETS bednet LIBRARY DESTINATION ${BEDNET_MODULE_DIR} NAMELINK_SKIP)
install(TARGETS bednet_topic bednet_limit bednet_metrics bednet_cert bednet_jwt bednet_acl
        LIBRARY DESTINATION ${BEDNET_MODULE_DIR})
install(TARGETS bednet_tool bednet_load RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/schema/bednet.schema.json ${PROJECT_SOURCE_DIR}/monitoring/alerts.yml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bednet)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config-examples/ DESTINATION ${BEDNET_EXAMPLE_DIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/NOTICE
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/bednet)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/bednet RENAME copyright)

foreach(page bednet.1 bednet-load.1 bednet.yaml.5 bednet_topic.7 bednet_limit.7 bednet_metrics.7 bednet_cert.7
             bednet_jwt.7 bednet_acl.7)
    string(REGEX MATCH "[0-9]$" section ${page})
    install(FILES ${PROJECT_SOURCE_DIR}/man/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
